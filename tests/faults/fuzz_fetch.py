"""Mutated answers into every fetch: odd values cost what they name, never more, and nothing breaks.

The staging fuzz begins where pages have landed; this one covers what reads them before: cursors,
ids for the next question, codes of errors, tokens, and the load into raw.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import orjson
from mutations import mutated
from storm_house import StormHouse, Watch
from storms import Tally
from twists import Twist

from ingest.errors import IngestError
from sandbox.wire import Answer

if TYPE_CHECKING:
    from microlift.fetching import SourceResult

# How many of a fetch's answers are spoilt.
SHARES = (0.03, 0.2, 0.6)
_HASTE = {"max_retries": 1, "max_wait": 0.05}


def fuzz_fetches(houses: list[StormHouse], seeds: range) -> tuple[Tally, int]:
    """A fetch a seed at every source, side by side, and how many answers were mutated."""
    json_ones = [house for house in houses if house.name != "ecb"]

    def at(house: StormHouse) -> tuple[int, list[str]]:
        spoilt, wrong = 0, []
        for seed in seeds:
            draw = random.Random(f"{seed} {house.name}")
            count, problems = _one(house, draw)
            spoilt += count
            wrong += [f"{house.name}, seed {seed}: {problem}" for problem in problems]
        return spoilt, wrong

    with ThreadPoolExecutor(len(json_ones)) as pool:
        found = list(pool.map(at, json_ones))
    without = tuple(house.name for house in houses if house not in json_ones)
    wrong = tuple(problem for _, problems in found for problem in problems)
    runs = len(json_ones) * len(seeds)
    return Tally(runs, len(json_ones), without, wrong), sum(count for count, _ in found)


def _one(house: StormHouse, draw: random.Random) -> tuple[int, list[str]]:
    home = house.new_home()
    twist = Twist(_mutating(draw, draw.choice(SHARES)), times=10**9)
    try:
        result = house.fetch(home, Watch([twist]), dict(_HASTE), [])
        return twist.fired, list(_problems(house, home, result))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _problems(house: StormHouse, home: Path, result: SourceResult) -> Iterator[str]:
    error = result.error
    if error is not None and not isinstance(error, IngestError):
        yield f"{type(error).__name__}: {str(error)[:200]}"
        return
    seen = house.manifests(home)
    if bool(seen) is (error is not None):
        yield f"{len(seen)} visible fetches after {result}"
    if not seen:
        return
    try:
        house.raw(home)
    except (duckdb.Error, ValueError, TypeError) as broken:
        yield f"load: {type(broken).__name__}: {str(broken)[:200]}"


def _mutating(draw: random.Random, share: float) -> Callable[[Answer], Answer | None]:
    def twist(answer: Answer) -> Answer | None:
        if "json" not in answer.content_type or draw.random() >= share:
            return None
        text = mutated(orjson.loads(answer.body), draw)
        return Answer(
            text.encode(errors="replace"), content_type=answer.content_type, headers=answer.headers
        )

    return twist
