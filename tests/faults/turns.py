"""Turns of the calendar and wrong clocks: no day lost, none asked for twice in one fetch.

Both changes to and from daylight saving time on both sides of the Atlantic, a leap day and a New
Year: nights across each of them, at hours drawn by the seed, must bring what one fetch over the
same days brings.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from own_ways import OWN_WAYS
from storm_house import StormHouse, Watch, houses, key_of, pages
from storms import Tally

from ingest.registry import SOURCES
from microlift.windows import next_window
from sandbox.world import World

if TYPE_CHECKING:
    from ingest.streams import Source

DAY = timedelta(days=1)
TURNS = {
    "clocks forward in America": date(2026, 3, 8),
    "clocks forward in Europe": date(2026, 3, 29),
    "clocks back in Europe": date(2026, 10, 25),
    "clocks back in America": date(2026, 11, 1),
    "New Year": date(2027, 1, 1),
    "leap day": date(2028, 2, 29),
}
_BEFORE, _AFTER = 2, 3
_WITH_A_PAST = frozenset({"dated", "entity"})


def turn_everywhere(home: Path, turn: date, seeds: range) -> Tally:
    """Nights across the turn at every source, side by side."""
    world = World(11, 4, 14, turn - 9 * DAY)
    end = datetime.combine(turn + _AFTER * DAY, time(23, 30), UTC)
    with houses(home, world, end) as all_houses:
        built = [
            house
            for house in all_houses
            if house.kinds & _WITH_A_PAST and ("nights", house.name) not in OWN_WAYS
        ]

        def at(house: StormHouse) -> list[str]:
            return [
                f"{house.name}, seed {seed}: {problem}"
                for seed in seeds
                for problem in nights_across(house, turn, random.Random(f"{seed} {turn}"))
            ]

        with ThreadPoolExecutor(len(built)) as pool:
            wrong = tuple(problem for found in pool.map(at, built) for problem in found)
        without = tuple({*SOURCES} - {house.name for house in built})
        return Tally(len(built) * len(seeds), len(built), without, wrong)


def nights_across(house: StormHouse, turn: date, draw: random.Random) -> Iterator[str]:
    """Fetch night by night across the turn, and once over all days; say how they differ."""
    home, whole = house.new_home(), house.new_home()
    since = turn - _BEFORE * DAY
    try:
        covered: date | None = None
        for number in range(_AFTER + 2):
            day = turn + (number - 1) * DAY
            now = datetime.combine(day, time(draw.randrange(24), draw.randrange(60)), UTC)
            if number == _AFTER + 1:
                now = house.now
            result = house.fetch(
                home,
                Watch(),
                {},
                [],
                since=since if covered is None else None,
                now=now,
                again=False,
                kinds=_WITH_A_PAST,
            )
            window = result.window
            if result.status != "fetched" or window is None:
                yield f"{now}: {result}"
                return
            if window.until != day or window.since > (covered or since):
                yield f"{now}: {window} after {covered}"
            covered = window.until
            yield from _tiles(house)(home)
        result = house.fetch(whole, Watch(), {}, [], since=since, kinds=_WITH_A_PAST)
        if result.status != "fetched":
            yield str(result)
            return
        yield from _tiles(house)(whole)
        nightly, once = _facts(house, home), _facts(house, whole)
        lost = sorted(once - nightly)
        # What changed twice is seen twice by night; a day's figure is the same fact both times.
        unasked = sorted(
            fact for fact in nightly - once if str(since) <= json.loads(fact)[-1] < "9"
        )
        if unasked:
            yield f"{len(unasked)} of {len(nightly)} lost at once: {unasked[:2]}"
        if not once:
            yield "nothing to compare"
        if lost:
            yield f"{len(lost)} of {len(once)} lost by night: {lost[:2]}"
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(whole, ignore_errors=True)


def _tiles(house: StormHouse) -> Any:
    """Says where questions that name their days leave a day out or ask for one twice."""

    def judge(home: Path) -> Iterator[str]:
        asked: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for stream, found in pages(house.manifests(home)[-1]).items():
            for page in found:
                context, params = page["context"], page["request"]["params"]
                if {"since", "until"} <= {*context}:
                    rest = {k: v for k, v in context.items() if k not in {"since", "until"}}
                    question = {k: v for k, v in params.items() if k in {"metric", "breakdown"}}
                    days = (date.fromisoformat(context[k]) for k in ("since", "until"))
                    first, last = days
                    asked[json.dumps([stream, rest, question])].append((first, last))
        for question, windows in asked.items():
            for (_, last), (first, _) in zip(sorted(windows), sorted(windows)[1:], strict=False):
                if first != last + DAY:
                    yield f"{question}: {last}, then {first}"

    return judge


def _facts(house: StormHouse, home: Path) -> set[str]:
    """What is known of each day or thing: rows of dated and entity streams by their keys."""
    facts = set()
    for stream in house.source.streams:
        if stream.kind == "counter":
            continue
        for payload, context, _ in house.raw(home)[stream.name]:
            asked = json.loads(context)
            key = list(key_of(json.loads(payload), stream.key)) if stream.key else [payload]
            told = [stream.name, asked.get("account_id"), *key]
            days = [None]
            if {"since", "until"} <= {*asked}:
                first, last = (date.fromisoformat(asked[k]) for k in ("since", "until"))
                days = [first + n * DAY for n in range((last - first).days + 1)]
            facts |= {json.dumps([*told, str(day)]) for day in days}
    return facts


def wrong_clocks(seeds: range) -> Tally:
    """Windows under a clock that is up to a day wrong every night: no gap, nothing to come."""
    with_a_past = {
        name: source
        for name, source in SOURCES.items()
        if {stream.kind for stream in source.streams} & _WITH_A_PAST
    }
    wrong = tuple(
        f"{name}, seed {seed}: {problem}"
        for name, source in with_a_past.items()
        for seed in seeds
        for problem in _windows(source, random.Random(f"{seed} {name}"))
    )
    without = tuple({*SOURCES} - {*with_a_past})
    return Tally(len(with_a_past) * len(seeds), len(with_a_past), without, wrong)


def _windows(source: Source, draw: random.Random) -> Iterator[str]:
    manifests: list[Any] = []
    night = datetime(2028, 2, 25, 3, tzinfo=UTC)
    asked: set[date] = set()
    for _ in range(30):
        night += DAY
        now = night + timedelta(hours=draw.uniform(-24, 24))
        window = next_window(source, manifests, now)
        if not window.since <= window.until <= now.date():
            yield f"{window} at {now}"
        days = {window.since + n * DAY for n in range((window.until - window.since).days + 1)}
        if asked and min(days) > max(day for day in asked if day <= now.date()) + DAY:
            yield f"a gap before {min(days)}"
        asked |= days
        manifests.append(SimpleNamespace(kinds=("dated", "entity"), until=window.until))
    if len(asked) != (max(asked) - min(asked)).days + 1:
        yield "a day was never asked for"
