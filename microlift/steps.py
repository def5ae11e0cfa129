"""The five steps, as the command line and the DAGs call them: fetch, load, build, check, publish.

Each is a transaction: it happens entirely or not at all, and doing it twice changes nothing. All
but fetch open the DuckDB file, hold the writer's lock while they do, and write themselves into the
run ledger. Heavy imports stay inside the functions; `warm_up` starts them in the background and
the steps that need them wait for it.
"""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import atexit
import gc
import importlib
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import microlift
from ingest.landing import Landing
from ingest.registry import ALL_STREAMS, SOURCES
from microlift.dbt_run import BuildReport, definitions, run_dbt
from microlift.failures import last_failure
from microlift.fetching import LANDING, FetchReport, SourceResult, fetch, land_plan
from microlift.plan.landed import last_landed_plan
from microlift.plan.plan import Plan, read_plan
from microlift.plan.problems import PlanError
from microlift.published import published_rows
from microlift.run_record import recorded_step

if TYPE_CHECKING:
    from expectations.checks import GateReport
    from microlift.fetching import Say
    from microlift.settings import Settings
    from warehouse.builds import Scope
    from warehouse.load import LoadReport
    from warehouse.versions import Version

log = logging.getLogger(__name__)


def _import_all() -> None:
    gc.disable()  # nothing of an import is garbage, and looking for it takes a second
    try:
        importlib.import_module("dbt.cli.main")
        importlib.import_module("expectations.gate").warm_up()
    except Exception:  # the step that needs the import meets the same error and reports it
        log.debug("warm-up", exc_info=True)
    # A million objects that stay: no later collection goes through them, nor does the exit, at
    # which Python would take them apart one by one for two seconds.
    gc.freeze()
    atexit.register(gc.freeze)
    gc.enable()


_imports = threading.Thread(target=_import_all, name="warm-up", daemon=True)

__all__ = [
    "FetchReport",
    "SourceResult",
    "build",
    "build_home",
    "check",
    "current_plan",
    "fetch",
    "land_plan",
    "load",
    "publish",
    "warm_up",
]


def current_plan(settings: Settings, say: Say) -> tuple[Plan, PlanError | None]:
    """The plan of the folder; when that has an error, the one landed last and the error, said.

    Raises the PlanError when no plan has been landed yet.
    """
    try:
        return read_plan(settings.plan_dir), None
    except PlanError as error:
        last = last_landed_plan(Landing(settings.home / LANDING))
        if last is None:
            raise
        say(f"{error}\n  going on with the plan that was landed last")
        return last, error


def load(settings: Settings, run_id: str) -> LoadReport:
    """Bring every complete fetch into raw and judge it; a refused one stays out of staging."""
    join_warm_up()
    from expectations.raw_suite import judge_fetches
    from warehouse.db import connect
    from warehouse.load import load as load_fetches

    with recorded_step(settings, run_id, "load") as detail, connect(settings.home) as con:
        report = load_fetches(
            con,
            settings.home / LANDING,
            ALL_STREAMS(),
            judge_fetches,
            settings.customer_key(),
            run_id,
        )
        detail.update(fetches=len(report.fetch_ids), rows=report.rows, verdict=report.verdict)
        return report


def build(settings: Settings, run_id: str, *, is_full: bool = False) -> BuildReport:
    """Build the marts from raw: all of it, or what is new where that gives the same.

    `is_full` asks for all of it. Raises BuildFailed naming the model or test and its message.
    """
    join_warm_up()
    with recorded_step(settings, run_id, "build") as detail:
        report = build_home(
            settings.home,
            settings.home / "dbt",
            run_id,
            is_full=is_full,
            note=lambda scope: detail.update(scope=str(scope)),
        )
        detail.update(models=report.models, tests=report.tests, warnings=len(report.warnings))
        return report


def build_home(
    home: Path,
    work: Path,
    run_id: str,
    *,
    is_full: bool = False,
    note: Callable[[Scope], object] | None = None,
) -> BuildReport:
    """What `build` does, without the ledger; dbt's own files go below `work`.

    `note` is told what the build will cover before dbt begins. Hold the writer lock.
    """
    from warehouse.builds import begin_build, finish_build
    from warehouse.db import connect

    with connect(home) as con:
        scope = begin_build(con, run_id, definitions(), ALL_STREAMS(), is_full=is_full)
    if note is not None:
        note(scope)
    report = run_dbt(home, work, scope)
    with connect(home) as con:
        finish_build(con)
    return report


def check(settings: Settings, run_id: str) -> GateReport:
    """Judge the marts; the results become rows of `quality.gate_results`."""
    join_warm_up()
    from expectations.marts_suite import judge_marts
    from warehouse.db import connect
    from warehouse.quality import record_gate

    with recorded_step(settings, run_id, "check") as detail, connect(settings.home) as con:
        report = judge_marts(lambda sql: con.execute(sql).df(), published_rows(settings.home))
        record_gate(con, run_id, report.results, datetime.now(UTC))
        detail.update(verdict=report.verdict, checks=len(report.results))
        return report


def publish(settings: Settings, run_id: str, verdict: str) -> Version:
    """Make the built marts the current version, unless `verdict` is failed."""
    from expectations.marts_keys import KEYS
    from warehouse.publish import publish as publish_marts

    with recorded_step(settings, run_id, "publish") as detail:
        version = publish_marts(
            settings.home,
            run_id,
            verdict,
            settings.now(),
            is_simulated=settings.is_simulated,
            code_version=microlift.__version__,
            keys=KEYS,
            definitions=definitions(),
            sources={
                name: last_failure(settings.home, name)
                for name, source in SOURCES.items()
                if not settings.source(source.settings_name).missing(source)
            },
        )
        detail.update(version=run_id)
        return version


def warm_up() -> None:
    """Start the slow imports (dbt, Great Expectations), once, while vendors are waited for."""
    if _imports.ident is None:
        _imports.start()


def join_warm_up() -> None:
    """Wait until the slow imports, where they were started, are over.

    Two threads that import Great Expectations at once find it half initialised.
    """
    if _imports.ident is not None:
        _imports.join()
