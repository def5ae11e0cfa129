"""Every fault of the wire at every source; MICROLIFT_SEEDS sets more than one seed a scenario."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_fetch import fuzz_fetches
from storm_house import StormHouse, houses
from storms import SCENARIOS, Scenario, rage_everywhere
from turns import TURNS, turn_everywhere, wrong_clocks

SEEDS = range(int(os.environ.get("MICROLIFT_SEEDS", "1")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[StormHouse]]:
    with houses(tmp_path_factory.mktemp("storms")) as all_houses:
        yield all_houses


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.fault}-{s.name}")
def test_a_storm_ends_with_what_good_weather_brings(
    built: list[StormHouse], scenario: Scenario
) -> None:
    tally = rage_everywhere(built, scenario, SEEDS)
    assert not tally.wrong
    assert tally.sources, "no source was hit"


def test_mutated_answers_break_no_fetch_and_no_load(built: list[StormHouse]) -> None:
    tally, spoilt = fuzz_fetches(built, range(2 * len(SEEDS)))
    assert not tally.wrong
    assert spoilt > 10 * len(SEEDS)


@pytest.mark.parametrize("turn", TURNS)
def test_nights_across_a_turn_of_the_calendar_lose_no_day(tmp_path: Path, turn: str) -> None:
    tally = turn_everywhere(tmp_path, TURNS[turn], SEEDS)
    assert not tally.wrong


def test_a_clock_that_is_a_day_wrong_leaves_no_gap_and_asks_for_no_day_to_come() -> None:
    assert not wrong_clocks(range(20)).wrong
