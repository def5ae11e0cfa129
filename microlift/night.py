"""A night: the five steps in their order, one run id, one entry in the ledger."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from microlift import steps
from microlift.errors import DONE, FAILED, GateRefused
from microlift.published import current_manifest
from microlift.run_record import new_run_id, recorded_run
from microlift.source_states import published_states, stale_lines

if TYPE_CHECKING:
    from expectations.checks import GateReport
    from microlift.dbt_run import BuildReport
    from microlift.fetching import FetchReport, Say
    from microlift.plan.problems import PlanError
    from microlift.settings import Settings
    from warehouse.load import LoadReport
    from warehouse.versions import Version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TransformReport:
    """What the four steps behind the landing zone did."""

    run_id: str
    load: LoadReport
    build: BuildReport
    check: GateReport
    version: Version


@dataclass(frozen=True)
class NightReport:
    """What a night did; `plan_error` is there when it went on with the plan landed last."""

    fetch: FetchReport
    transform: TransformReport
    plan_error: PlanError | None = None

    @property
    def exit_code(self) -> int:
        """0, or 1 when something failed though the rest was published."""
        refused = self.transform.load.refused
        return FAILED if self.fetch.failed or refused or self.plan_error else DONE


def run_night(
    settings: Settings,
    *,
    sources: Collection[str] = (),
    since: date | None = None,
    until: date | None = None,
    again: bool = False,
    say: Say = log.info,
) -> NightReport:
    """Fetch, load, build, check and publish.

    A plan with errors does not stop the night: it goes on with the one landed last. Raises
    PlanError when there is none, GateRefused (readers keep what they had), BuildFailed, Locked.
    """
    plan, plan_error = steps.current_plan(settings, say)
    steps.warm_up()
    fetched = steps.fetch(
        settings, plan, sources=sources, since=since, until=until, again=again, say=say
    )
    return NightReport(fetched, transform(settings, new_run_id(), "run", say), plan_error)


def transform(
    settings: Settings, run_id: str, command: str = "transform", say: Say = log.info
) -> TransformReport:
    """Load, build, check and publish what is in the landing zone, as one run.

    Raises GateRefused, BuildFailed, warehouse.errors.Locked; nothing is published then.
    """
    with recorded_run(settings, run_id, command) as detail:
        say("load")
        loaded = steps.load(settings, run_id)
        for one in loaded.refused:
            say(f"refused {one.source} {one.stream} of fetch {one.fetch_id}: {one.reason}")
        say(f"loaded {len(loaded.fetch_ids)} fetches, {loaded.rows} rows; build")
        built = steps.build(settings, run_id)
        say(f"build: {built.scope}; built {built.models} models, ran {built.tests} tests; check")
        checked = steps.check(settings, run_id)
        refuse_failed(checked)
        say(f"{len(checked.results)} checks: {checked.verdict}; publish")
        version = steps.publish(settings, run_id, checked.verdict)
        detail.update(verdict=checked.verdict, rows=loaded.rows)
        for line in stale_lines(published_states(current_manifest(settings.home))):
            say(line)
    return TransformReport(run_id, loaded, built, checked, version)


def refuse_failed(report: GateReport) -> None:
    """Raise GateRefused with every critical finding when the verdict is failed."""
    if report.verdict != "failed":
        return
    broken = [r for r in report.results if not r.passed and r.severity == "critical"]
    lines = [
        f"{r.table_name}: {r.check_name}: {r.observed} against {r.limit_value}. {r.meaning}"
        for r in broken
    ]
    raise GateRefused("\n  ".join(["the marts were refused, readers keep what they had", *lines]))
