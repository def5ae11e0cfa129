"""Rehearsals against the sandbox: its process, its settings, and a history collected in one pass.

Counters have no past at the vendor, so a history needs a fetch for every night, each under its own
clock; dated facts and orders of all those days come with the last night in one fetch. Whatever was
collected is loaded, built and published once.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
from microlift.settings import PREFIX, Settings, read_settings, source_settings

if TYPE_CHECKING:
    from microlift.plan.plan import Plan

log = logging.getLogger(__name__)

COUNTERS = frozenset({"counter"})
# Asked by range, so that days before the first night cost nothing: the brand's first campaign is
# then held against what was usual before it, as it would be with a brand's first fetch.
LOOKS_BACK = frozenset({"youtube_analytics"})
# The time of a rehearsed night: late enough for the day before to be complete in every time zone.
NIGHT_AT = time(12, 0, tzinfo=UTC)
NIGHTS_AT_ONCE = 3
SAY_EVERY = 50
PATIENCE_SECONDS = 10
# So many fetches are divided between two processes; fewer are not worth the start of another.
WORTH_A_PROCESS = 60


class RehearsalFailed(MicroliftError):
    """The sandbox did not start, or a source failed that cannot fail in a rehearsal."""


class Order(NamedTuple):
    """One fetch of a rehearsal: which source, under which clock, and what of it."""

    source: str
    night: datetime
    kinds: frozenset[str]


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
    land_plan(Landing(settings.home / LANDING), plan.tables, nights[0], is_simulated=True)
    # The last night takes longest, so it starts first.
    orders = [Order(source.name, nights[-1], ALL_KINDS) for source in SOURCES.values()]
    orders += [
        Order(source.name, night, COUNTERS)
        for night in reversed(nights[:-1])
        for source in SOURCES.values()
        if any(stream.kind == "counter" for stream in source.streams)
    ]
    results: list[SourceResult] = []
    lock = threading.Lock()

    def arrived(result: SourceResult) -> None:
        with lock:
            results.append(result)
            if len(results) % SAY_EVERY == 0 or len(results) == len(orders):
                say(f"collected {len(results)} of {len(orders)} fetches")

    share = len(orders) // 2 if len(orders) >= WORTH_A_PROCESS else 0
    with helper(settings, orders[1 : 2 * share : 2], nights[0], arrived):
        for result in fetch_orders(
            settings, plan, orders[: 2 * share : 2] + orders[2 * share :], nights[0]
        ):
            arrived(result)
            if result.status == "failed":
                raise RehearsalFailed(str(result)) from result.error
    for result in results:
        if result.status == "failed":
            raise RehearsalFailed(str(result))
    if len(results) != len(orders):
        raise RehearsalFailed(f"{len(orders) - len(results)} fetches were not made")
    return results


def fetch_orders(
    settings: Settings, plan: Plan, orders: Sequence[Order], first: datetime
) -> Iterator[SourceResult]:
    """Fetch them, several at once, each under the clock of its night."""
    landing = Landing(settings.home / LANDING)
    manifests = {name: landing.fetches(name) for name in SOURCES}

    def run(order: Order) -> SourceResult:
        return fetch_source(
            replace(settings, clock=order.night),
            plan,
            SOURCES[order.source],
            landing,
            manifests=manifests[order.source],
            since=_since(order, first),
            until=order.night.date(),
            kinds=order.kinds,
        )

    with threads(NIGHTS_AT_ONCE) as pool:
        yield from pool.map(run, orders)


def _since(order: Order, first: datetime) -> date:
    """The first day that a fetch asks for."""
    if order.kinds != ALL_KINDS:
        return order.night.date()
    back = SOURCES[order.source].first_days if order.source in LOOKS_BACK else 0
    return first.date() - timedelta(days=back)


@contextmanager
def helper(
    settings: Settings,
    orders: Sequence[Order],
    first: datetime,
    arrived: Callable[[SourceResult], None],
) -> Iterator[None]:
    """Fetch these orders in a process beside us: Python computes on one core only.

    When the block ends well they all are; otherwise the process is ended.
    """
    if not orders:
        yield
        return
    told = {
        "first": first.isoformat(),
        "orders": [[o.source, o.night.isoformat(), sorted(o.kinds)] for o in orders],
    }
    # What a caller set for nights of their own must not reach a rehearsal.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with subprocess.Popen(
        [sys.executable, "-m", "microlift.rehearsal"],
        env=environ | settings.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is ours alone; we end the helper
    ) as process:
        assert process.stdin and process.stdout  # noqa: S101 - for the type checker; they are pipes
        lines = process.stdout

        def listen() -> None:
            # An interrupt closes the pipe under us; what is missing then is counted below.
            with suppress(ValueError):
                for line in lines:
                    arrived(SourceResult(**json.loads(line)))

        reader = threading.Thread(target=listen, name="helper", daemon=True)
        try:
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.close()
            reader.start()
            yield
            reader.join()
        finally:
            process.terminate()


def main() -> None:
    """The helper's side: orders on standard input, a line for each that is done."""
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        return  # the caller was interrupted before it had told all
    told = json.loads(line)
    settings = read_settings()
    orders = [
        Order(source, datetime.fromisoformat(night), frozenset(kinds))
        for source, night, kinds in told["orders"]
    ]
    first = datetime.fromisoformat(told["first"])
    for result in fetch_orders(settings, read_plan(settings.plan_dir), orders, first):
        done = {"source": result.source, "status": result.status, "message": result.message}
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
