"""Rehearsals against the sandbox: its process, its settings, and a history collected in one pass.

Counters have no past at the vendor, so a history needs a fetch for every night, each under its own
clock; dated facts and orders of all those days come with the last night in one fetch. Whatever was
collected is loaded, built and published once.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.job import ALL_KINDS
from ingest.landing import Landing
from ingest.plan_source import land_plan
from ingest.registry import SOURCES
from microlift import night, steps
from microlift.dbt_run import PROJECT
from microlift.errors import MicroliftError, UsageError
from microlift.fetching import LANDING, Say, SourceResult, fetch_source, threads
from microlift.plan.plan import read_plan
from microlift.run_record import new_run_id
from microlift.settings import Settings, source_settings

if TYPE_CHECKING:
    from ingest.streams import Source
    from microlift.plan.plan import Plan

log = logging.getLogger(__name__)

COUNTERS = frozenset({"counter"})
# The time of a rehearsed night: late enough for the day before to be complete in every time zone.
NIGHT_AT = time(12, 0, tzinfo=UTC)
NIGHTS_AT_ONCE = 3
SAY_EVERY = 50
PATIENCE_SECONDS = 10


class RehearsalFailed(MicroliftError):
    """The sandbox did not start, or a source failed that cannot fail in a rehearsal."""


@dataclass(frozen=True)
class WorldSize:
    """The arguments of the sandbox's world; the same arguments give the same world."""

    seed: int = 7
    influencers: int = 50
    days: int = 92
    first_day: date = date(2026, 8, 1)

    @property
    def last_day(self) -> date:
        """The last day of the world."""
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def arguments(self) -> list[str]:
        """As options of `python -m sandbox`."""
        return [
            *("--seed", str(self.seed)),
            *("--influencers", str(self.influencers)),
            *("--days", str(self.days)),
            *("--start", self.first_day.isoformat()),
        ]


@contextmanager
def sandbox_process(arguments: Sequence[str], plan_dir: Path, log_file: Path) -> Iterator[str]:
    """Run `python -m sandbox` beside us for as long as the block runs; yields its URL.

    It writes the plan of its world into `plan_dir` first. It is a process of its own because it
    then has a core of its own. Raises RehearsalFailed when it does not start.
    """
    # Its standard input is a pipe from us and ends with us, even if we are killed.
    options = ["--with-parent", "--plan", str(plan_dir), *arguments]
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with (
        log_file.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "sandbox", *options],
            cwd=PROJECT.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker; it is a pipe
            url = process.stdout.readline().strip()
            if not url:
                raise RehearsalFailed(f"the sandbox did not start: see {log_file}")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def sandbox_settings(home: Path, plan_dir: Path, url: str) -> Settings:
    """Settings under which every source is the sandbox at `url`, for the accounts of the plan."""
    from sandbox.credentials import credentials  # noqa: PLC0415 - a rehearsal's own

    held = credentials(_consenting(read_plan(plan_dir)))
    names = dict.fromkeys(source.settings_name for source in SOURCES.values())
    return Settings(
        home=home.resolve(),
        plan_dir=plan_dir.resolve(),
        sources={name: source_settings(name, {"url": url, **held.get(name, {})}) for name in names},
    )


def _consenting(plan: Plan) -> list[tuple[str, str]]:
    """(platform, account_id) of the accounts that gave a token: all that are authorised, but of
    the channels only the brand's own and every third of the others.

    A recording has no account of the brand's, and nobody in it gave any.
    """
    rows = [row for row in plan.tables["accounts"] if row["is_authorised"]]
    ids = dict.fromkeys((row["platform"], row["account_id"]) for row in rows)
    own = {(row["platform"], row["account_id"]) for row in rows if row["owner_id"] == "brand"}
    if not own:
        return []
    channels = [one for one in ids if one[0] == "youtube" and one not in own]
    return [one for one in ids if one not in set(channels) - set(channels[::3])]


def recorded_nights(data: Path, count: int | None = None) -> list[datetime]:
    """The instants of the first `count` nights of the recording in `data` (all when None).

    Raises UsageError when there is no recording.
    """
    from sandbox.replay import Recording  # noqa: PLC0415 - a rehearsal's own, and not light

    try:
        return Recording(data).nights(count)
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise UsageError(f"{data} holds no recording: {error}") from error


def night_of(settings: Settings, day: date) -> Settings:
    """The settings of the rehearsed night of `day`."""
    return replace(settings, clock=datetime.combine(day, NIGHT_AT))


def publish_history(
    settings: Settings,
    first_day: date,
    last_day: date,
    command: str = "rehearsal",
    say: Say = log.info,
) -> night.TransformReport:
    """Land the nights `first_day` to `last_day` and publish once, as the last of them would."""
    steps.warm_up()
    collect_history(settings, read_plan(settings.plan_dir), first_day, last_day, say)
    return night.transform(night_of(settings, last_day), new_run_id(), command, say)


def collect_history(
    settings: Settings, plan: Plan, first_day: date, last_day: date, say: Say = log.info
) -> list[SourceResult]:
    """Land the nights `first_day` to `last_day` (both included); see `collect_nights`."""
    days = (last_day - first_day).days + 1
    nights = [datetime.combine(first_day + timedelta(days=n), NIGHT_AT) for n in range(days)]
    return collect_nights(settings, plan, nights, say)


def collect_nights(
    settings: Settings, plan: Plan, nights: Sequence[datetime], say: Say = log.info
) -> list[SourceResult]:
    """Land each night under its own simulated clock, several at once.

    All nights but the last fetch counters alone; the last one fetches everything since the first
    night's day. Nights that have landed already are not fetched again, so an interrupted history
    goes on where it stopped. Raises RehearsalFailed when a source fails.
    """
    landing = Landing(settings.home / LANDING)
    land_plan(landing, plan.tables, nights[0], is_simulated=True)
    manifests = {name: landing.fetches(name) for name in SOURCES}
    # The last night takes longest, so it starts first.
    orders = [(source, nights[-1], ALL_KINDS) for source in SOURCES.values()]
    orders += [
        (source, night, COUNTERS)
        for night in reversed(nights[:-1])
        for source in SOURCES.values()
        if any(stream.kind == "counter" for stream in source.streams)
    ]

    def run(order: tuple[Source, datetime, frozenset[str]]) -> SourceResult:
        source, night, kinds = order
        return fetch_source(
            replace(settings, clock=night),
            plan,
            source,
            landing,
            manifests=manifests[source.name],
            since=(nights[0] if kinds == ALL_KINDS else night).date(),
            until=night.date(),
            kinds=kinds,
        )

    results = []
    with threads(NIGHTS_AT_ONCE) as pool:
        for result in pool.map(run, orders):
            results.append(result)
            if result.status == "failed":
                raise RehearsalFailed(str(result)) from result.error
            if len(results) % SAY_EVERY == 0 or len(results) == len(orders):
                say(f"collected {len(results)} of {len(orders)} fetches")
    return results
