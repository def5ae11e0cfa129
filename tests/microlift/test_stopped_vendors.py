"""Any one vendor may stop in mid-night: the others' numbers are published all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from expectations.checks import GateReport
from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift import night
from microlift.dbt_run import BuildReport
from microlift.demo import VENDORS, answers_in_mid_night
from microlift.fetching import LANDING
from microlift.published import open_published
from microlift.rehearsal import sandbox_settings
from sandbox.faults import FaultPlan
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World
from warehouse.db import connect

if TYPE_CHECKING:
    from ingest.manifest import Manifest
    from microlift.night import NightReport
    from microlift.settings import Settings

FIRST_NIGHT = datetime(2026, 8, 12, 12, tzinfo=UTC)
WORLD = World(7, 2, 30, date(2026, 8, 1))


@contextmanager
def fetch_and_publish_only() -> Iterator[None]:
    """A night with the real fetch, load and publish; what lies between is another test's."""
    with (
        patch("microlift.steps.build", lambda settings, run_id: BuildReport((), 0.0, "")),
        patch("microlift.steps.check", lambda settings, run_id: GateReport("marts", "passed", ())),
        patch("ingest.http._LONGEST_BACKOFF", 0.01),
    ):
        yield


def stale(settings: Settings) -> dict[str, tuple[object, ...]]:
    """Of the published version, by stale source: last observation, days behind and why."""
    with open_published(settings.home) as con:
        assert con.execute("select count(*) from marts.publication").fetchall() == [
            (len(SOURCES) + 1,)
        ]
        rows = con.execute(
            "select source, epoch(last_observed_at), days_behind, stale_because"
            " from marts.publication where is_stale"
        ).fetchall()
    return {source: tuple(values) for source, *values in rows}


def test_a_vendor_that_stops_in_mid_night_costs_its_own_sources_one_night(tmp_path: Path) -> None:
    write_plan(WORLD, tmp_path / "plan")
    with serve(WORLD) as sandbox, serve(WORLD) as stopping, fetch_and_publish_only():
        settings = sandbox_settings(tmp_path / "data", tmp_path / "plan", sandbox.url)
        with connect(settings.home) as con:
            con.execute("create schema marts; create table marts.dim_campaigns as select 1 as id")
        said: list[str] = []

        def run(number: int, stopped: str = "") -> NightReport:
            tonight = replace(settings, clock=FIRST_NIGHT + timedelta(days=number))
            if stopped:
                tonight = tonight.reached_at(stopped, stopping.url)
            said.clear()
            return night.run_night(tonight, say=said.append)

        run(0)
        usual = {one.source: one.pages for one in run(1).fetch.sources}
        for number, vendor in enumerate(VENDORS, 2):
            names = {name for name, source in SOURCES.items() if source.settings_name == vendor}
            answered = answers_in_mid_night(vendor, usual)
            stopping.faults = FaultPlan([{"match": "/", "action": "reset", "after": answered}])
            stopping.calls.clear()
            done = run(number, vendor)
            assert {one.source for one in done.fetch.failed} == names, vendor
            assert done.exit_code == 1
            assert stopping.calls.total() - stopping.faults.fired == answered, vendor
            last = FIRST_NIGHT + timedelta(days=number - 1)
            found = stale(settings)
            assert {*found} == names, vendor
            for name in names:
                why = "last try failed: vendor unavailable"
                assert found[name] == (last.timestamp(), 1, why), name
                assert (
                    f"{name}: last seen {last:%Y-%m-%d %H:%M}, 1 day behind ({why});"
                    " its numbers are as of then"
                ) in said[-len(names) :]
        healed = run(len(VENDORS) + 2)
        assert healed.exit_code == 0
        assert stale(settings) == {}
        # What can be asked for later was; of counters the night of the stop is missing.
        for name, source in SOURCES.items():
            fetches = Landing(settings.home / LANDING).fetches(name)
            days = {one.since + timedelta(n) for one in fetches for n in range(_days(one))}
            is_lost = all(stream.kind == "counter" for stream in source.streams)
            assert (max(days) - min(days)).days + 1 - len(days) == is_lost, name


def _days(fetch: Manifest) -> int:
    return (fetch.until - fetch.since).days + 1
