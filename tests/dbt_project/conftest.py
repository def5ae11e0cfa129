"""Warehouses for the marts' tests. dbt's import and first parse are paid once a session."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from compiled import Model

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))
# The truth is scored by the benchmarks' own code; the tests run a short cut of it.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "truth"))

import finding
import lift_scores
import post_scores
from marts import compile_marts
from marts_house import House
from marts_world import land_world


@pytest.fixture(scope="session")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], House]:
    """Makes empty houses that share one dbt target folder."""
    target = tmp_path_factory.mktemp("dbt_target")
    return lambda: House(tmp_path_factory.mktemp("house"), target)


@pytest.fixture(scope="session")
def world(new_house: Callable[[], House]) -> House:
    """The written world of `marts_world.py`, built once."""
    house = new_house()
    refused = land_world(house)
    house.load(refused=[refused])
    house.build()
    return house


@pytest.fixture(scope="session")
def models_of_posts(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """The marts' own SQL for invented worlds of posts and of candidates."""
    wanted = (*post_scores.WANTED, *finding.WANTED)
    return compile_marts(tmp_path_factory.mktemp("models_of_posts"), wanted)


@pytest.fixture(scope="session")
def models_of_lifts(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """The marts' own SQL for the lifts of a brand's accounts."""
    return compile_marts(tmp_path_factory.mktemp("models_of_lifts"), lift_scores.WANTED)
