"""`make airflow`: the user's own sources under a local Airflow with its UI, until Ctrl-C."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from microlift.airflow_demo.airflow import LocalAirflow
from microlift.airflow_demo.demo import ALL_DAGS
from microlift.airflow_demo.home import USUAL_PORT, AirflowHome, free_port
from microlift.airflow_demo.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from microlift.settings import Settings


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run Airflow in `<home>/airflow` until a signal. Raises ProcessDied when a part of it ends."""
    home = AirflowHome(settings.home / "airflow", free_port(USUAL_PORT))
    paths = {"MICROLIFT_HOME": str(settings.home), "MICROLIFT_PLAN": str(settings.plan_dir)}
    with Processes(home.process_logs) as processes:
        airflow = LocalAirflow(home, processes, {**os.environ, **paths})
        say(f"preparing {home.folder}")
        airflow.migrate()
        airflow.start()
        airflow.wait_until_ready(ALL_DAGS)
        say(f"Airflow runs on {home.url} (this machine only, no login); Ctrl-C ends it")
        say(
            "its DAGs start paused: switch them on there, ingest_*, transform and maintenance alike"
        )
        say(f"their data goes to {settings.home}")
        while True:
            processes.check()
            time.sleep(1)
