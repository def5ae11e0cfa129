"""The five steps, one by one and together: fetch, load, build, check, publish, run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from microlift import night, steps
from microlift.as_of import build_as_of
from microlift.commands.common import Answer, Output, command
from microlift.errors import DONE, FAILED, UsageError
from microlift.published import current_manifest
from microlift.run_record import new_run_id, recorded_run
from microlift.settings import read_settings
from microlift.source_states import published_states, stale_lines

if TYPE_CHECKING:
    from microlift.fetching import FetchReport
    from microlift.plan.problems import PlanError

Options = Callable[[Callable[..., Answer]], Callable[..., Answer]]


class Day(click.ParamType[date]):
    """A UTC day, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        """The day, or click's usage error."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            return self.fail(f"{value!r} is not a day: write YYYY-MM-DD", param, ctx)


def _fetch_options(body: Callable[..., Answer]) -> Callable[..., Answer]:
    for option in (
        click.option("--again", is_flag=True, help="Fetch also what was fetched today already."),
        click.option("--to", "until", type=Day(), help="Last day (UTC), included; today if empty."),
        click.option("--from", "since", type=Day(), help="First day; where it ended if empty."),
        click.option("--source", "sources", multiple=True, help="Only this one; may be repeated."),
    ):
        body = option(body)
    return body


@command("fetch", "microlift fetch --source shopify --from 2026-03-01 --to 2026-03-31")
@_fetch_options
def fetch(
    out: Output, sources: tuple[str, ...], since: date | None, until: date | None, again: bool
) -> Answer:
    """Fetch the plan and the vendors' pages into the landing zone."""
    settings = read_settings()
    plan, plan_error = steps.current_plan(settings, out.say)
    with out.working():
        report = steps.fetch(
            settings,
            plan,
            sources=sources,
            since=since,
            until=until,
            again=again,
            say=out.say,
        )
    failed = bool(report.failed or plan_error)
    return Answer(_fetch_payload(report, plan_error), FAILED if failed else DONE)


@command("load", "microlift load")
def load(out: Output) -> Answer:
    """Bring complete fetches into raw, through the raw gate.

    What the gate refuses stays out of the marts until `microlift accept` lets it in.
    """
    settings, run_id = read_settings(), new_run_id()
    with out.working(), recorded_run(settings, run_id, "load"):
        report = steps.load(settings, run_id)
    out.say(f"loaded {len(report.fetch_ids)} fetches, {report.rows} rows")
    for one in report.refused:
        out.say(f"refused {one.source} {one.stream} of fetch {one.fetch_id}: {one.reason}")
    payload = {
        "run_id": run_id,
        "fetches": report.fetch_ids,
        "rows": report.rows,
        "refused": report.refused,
        "verdict": report.verdict,
    }
    return Answer(payload, FAILED if report.refused else DONE)


@command("build", "microlift build --as-of 2026-03-01T06:00:00Z")
@click.option("--full", "is_full", is_flag=True, help="From all of raw, whatever is new.")
@click.option("--as-of", metavar="INSTANT", help="As the marts looked then, in a file of its own.")
def build(out: Output, as_of: str | None, is_full: bool) -> Answer:
    """Build the marts from raw; of new fetches alone where that does.

    Everything is built anew after a change of the models, the plan or a verdict, and with --full.
    """
    settings, run_id = read_settings(), new_run_id()
    file = None
    with out.working():
        if as_of is not None:
            report, file = build_as_of(settings, run_id, _instant(as_of))
        else:
            with recorded_run(settings, run_id, "build"):
                report = steps.build(settings, run_id, is_full=is_full)
    out.say(f"build: {report.scope}")
    out.say(f"built {report.models} models, ran {report.tests} tests in {report.seconds:.1f} s")
    for node in report.warnings:
        out.say(f"warning {node.name}: {node.message}")
    if file is not None:
        out.say(f"the marts as of {as_of}: {file}")
    return Answer({"run_id": run_id, "file": file, **asdict(report)})


@command("check", "microlift check --json")
def check(out: Output) -> Answer:
    """Check the marts with Great Expectations."""
    settings, run_id = read_settings(), new_run_id()
    with out.working(), recorded_run(settings, run_id, "check"):
        report = steps.check(settings, run_id)
        night.refuse_failed(report)
    out.say(f"{len(report.results)} checks: {report.verdict}")
    for result in report.results:
        if not result.passed:
            out.say(f"warning {result.table_name}: {result.check_name}. {result.meaning}")
    return Answer({"run_id": run_id, "verdict": report.verdict, "results": report.results})


@command("publish", "microlift publish")
def publish(out: Output) -> Answer:
    """Check the marts and make them the current version."""
    settings, run_id = read_settings(), new_run_id()
    with out.working(), recorded_run(settings, run_id, "publish"):
        # The gate is part of publishing: what was checked earlier may have been built anew since.
        report = steps.check(settings, run_id)
        night.refuse_failed(report)
        version = steps.publish(settings, run_id, report.verdict)
    for line in stale_lines(published_states(current_manifest(settings.home))):
        out.say(line)
    out.say(f"published {run_id}: {settings.home / 'published' / 'current.duckdb'}")
    return Answer({"run_id": run_id, "verdict": report.verdict, "version": version})


@command("run", "microlift run --source shopify --source ecb")
@_fetch_options
def run(
    out: Output, sources: tuple[str, ...], since: date | None, until: date | None, again: bool
) -> Answer:
    """The whole night: fetch, load, build, check, publish."""
    settings = read_settings()
    with out.working():
        report = night.run_night(
            settings,
            sources=sources,
            since=since,
            until=until,
            again=again,
            say=out.say,
        )
    done = report.transform
    out.say(f"published {done.run_id}: {settings.home / 'published' / 'current.duckdb'}")
    payload = {
        **_fetch_payload(report.fetch, report.plan_error),
        "run_id": done.run_id,
        "rows": done.load.rows,
        "refused": done.load.refused,
        "models": done.build.models,
        "verdict": done.check.verdict,
        "version": done.version,
    }
    return Answer(payload, report.exit_code)


def _fetch_payload(report: FetchReport, plan_error: PlanError | None) -> dict[str, Any]:
    return {
        "sources": report.sources,
        "plan_problems": plan_error.problems if plan_error else [],
    }


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text!r} is not an instant: 2026-03-01T06:00:00Z") from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
