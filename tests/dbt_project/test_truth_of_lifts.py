"""A short cut of `make truth-lift`: few brands, the limits as near as thirty accounts allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lift_scores import Judged, score_brand

if TYPE_CHECKING:
    from compiled import Model


@pytest.fixture(scope="module")
def judged(models_of_lifts: list[Model]) -> list[Judged]:
    """Five brands of six accounts, each told three times."""
    return [one for seed in range(100, 105) for one in score_brand(seed, models_of_lifts)]


def test_a_campaign_that_added_nothing_is_seldom_called_up_or_down(judged: list[Judged]) -> None:
    verdicts = [one.said.verdict for one in judged if one.kind == "nothing"]
    assert len(verdicts) == 30
    # in the long run 5 %, of these thirty none when this was written: two would be a change
    assert sum(verdict in ("up", "down") for verdict in verdicts) <= 1


def test_a_lift_that_is_called_detectable_is_mostly_detected(judged: list[Judged]) -> None:
    verdicts = [one.said.verdict for one in judged if one.kind == "least"]
    assert len(verdicts) >= 24
    # in the long run 80 %, of these thirty 77 %
    assert verdicts.count("up") >= 0.7 * len(verdicts)
    assert "down" not in verdicts


def test_intervals_hold_what_campaigns_truly_added(judged: list[Judged]) -> None:
    measured = [one for one in judged if one.said.lift is not None]
    assert len(measured) >= 72
    assert sum(one.held for one in measured) >= 0.93 * len(measured)
