"""The demo's story: three months in one pass, then two nights by the real scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.registry import SOURCES
from microlift.airflow_demo.airflow import LocalAirflow, RunFailed
from microlift.airflow_demo.home import AirflowHome, free_port
from microlift.airflow_demo.processes import Processes
from microlift.demo import FURTHER_NIGHTS, HISTORY_NIGHTS, empty_folder
from microlift.published import current_manifest
from microlift.rehearsal import (
    WorldSize,
    night_of,
    publish_history,
    sandbox_process,
    sandbox_settings,
)

if TYPE_CHECKING:
    from datetime import date

    from microlift.settings import Settings

INGEST_DAGS = tuple(f"ingest_{name}" for name in SOURCES)
TRANSFORM_DAG = "transform"
ALL_DAGS = (*INGEST_DAGS, TRANSFORM_DAG)
NIGHT_SECONDS = 600

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoSize:
    """How large the demo is."""

    influencers: int = 50
    history_nights: int = HISTORY_NIGHTS
    airflow_nights: int = FURTHER_NIGHTS


def run_demo(folder: Path, size: DemoSize, say: Say) -> Path:
    """Wipe and rebuild `folder`, let Airflow run the last nights; returns the microlift home.

    Airflow starts up in a thread of its own while the history is collected. Whatever happens, no
    process is left. Raises UsageError, RehearsalFailed, RunFailed, TookTooLong, ProcessDied.
    """
    folder = empty_folder(folder)
    world = WorldSize(influencers=size.influencers, days=size.history_nights + size.airflow_nights)
    history_until = world.last_day - timedelta(days=size.airflow_nights)
    plan_dir = folder / "plan"
    with ExitStack() as stack:
        url = stack.enter_context(
            sandbox_process(world.arguments, plan_dir, folder / "logs" / "sandbox.log")
        )
        say(f"the vendors' stand-in answers on {url}")
        settings = sandbox_settings(folder / "data", plan_dir, url)
        # Entered before the processes, so left after them: stopping those ends its thread.
        helper = stack.enter_context(ThreadPoolExecutor(1, "airflow"))
        home = AirflowHome(folder / "airflow", free_port())
        processes = stack.enter_context(Processes(home.process_logs))
        # The clock of all that no night sets: publishing, and an hour of the schedule that strikes.
        last_night = night_of(settings, world.last_day)
        airflow = LocalAirflow(home, processes, environment_of(last_night))
        ready = helper.submit(_start, airflow, say)

        _collect(settings, world.first_day, history_until, say)
        ready.result()
        for n in range(1, size.airflow_nights + 1):
            _run_night(airflow, night_of(settings, history_until + timedelta(days=n)), say)
        say("stopping Airflow and the sandbox")
    return settings.home


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with `settings` in it, and no other ones of ours or Airflow's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "MICROLIFT"))}
    return kept | settings.environment()


def _start(airflow: LocalAirflow, say: Say) -> None:
    airflow.migrate()
    say("Airflow: metadata database made; starting its four processes")
    airflow.start()
    airflow.wait_until_ready(ALL_DAGS)
    say(f"Airflow: {len(ALL_DAGS)} DAGs parsed; {airflow.home.url}")


def _collect(settings: Settings, first_day: date, last_day: date, say: Say) -> None:
    say(f"collecting the nights {first_day} to {last_day}")
    done = publish_history(settings, first_day, last_day, "demo", say)
    say(f"published {done.run_id}")


def _run_night(airflow: LocalAirflow, tonight: Settings, say: Say) -> None:
    known = {run["dag_run_id"] for run in airflow.api.runs(TRANSFORM_DAG)}
    before = current_manifest(tonight.home)["run_id"]
    clock = tonight.now().isoformat()
    airflow.api.unpause(TRANSFORM_DAG)
    fetches = airflow.trigger_now(INGEST_DAGS, {"clock": clock})
    say(f"the night of {tonight.now():%Y-%m-%d}: triggered {len(fetches)} DAGs ingest_*")
    airflow.wait_for_runs(fetches, NIGHT_SECONDS)
    say("  fetched; their asset events start the transform")
    runs = airflow.wait_until_quiet(TRANSFORM_DAG, known, NIGHT_SECONDS)
    after = current_manifest(tonight.home)["run_id"]
    if after == before:
        raise RunFailed(f"{TRANSFORM_DAG} succeeded ({', '.join(runs)}) but published nothing")
    say(f"  events started {TRANSFORM_DAG} (runs: {len(runs)}); published {after}")
