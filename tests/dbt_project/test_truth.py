"""A short cut of `make truth`: few worlds, wide limits; its gate; intervals against scipy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from marts import built, compile_marts
from page import END, is_within, of_evidence_table, write_part
from post_scores import NAMES as NAMES_OF_POSTS
from post_scores import Held, PostScore
from scipy import stats
from scores import Covered, Placed, Score, coverage, score_world
from worlds import MARGIN, MODELS, World

if TYPE_CHECKING:
    from pathlib import Path

    from compiled import Model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """The marts' own SQL."""
    return compile_marts(tmp_path_factory.mktemp("truth"))


@pytest.fixture(scope="module")
def score(models: list[Model]) -> Score:
    """Five worlds of chance, five of identical influencers, one with evidence as it comes."""
    total = Score()
    for seed in range(5):
        total += score_world("chance", seed, models)
        total += score_world("identical", seed, models)
    total += score_world("evidence", 0, models)
    return total


# Of a hundred intervals 95 % are open by two points, so five worlds have bounds of their own: three
# standard errors of a hundred. `make truth` has four thousand, and no allowance.
SHORT = (0.89, 0.995)


def test_intervals_hold_what_was_truly_to_be_expected(score: Score) -> None:
    for ratio in ("roi_margin", "cpa_order", "ncac"):
        share, count = coverage(i for i in score.intervals if i.ratio == ratio)
        assert count == 100
        assert SHORT[0] <= share <= SHORT[1], (ratio, share)
    assert score.missing == 0


OF_ORDERS = ("roi_margin", "roas", "cpa_order", "ncac", "campaign")


@pytest.mark.parametrize("figure", [*OF_ORDERS, *NAMES_OF_POSTS])
@pytest.mark.parametrize(("held", "keeps_to_it"), [(929, False), (930, True), (971, False)])
def test_a_figure_beyond_its_limit_is_red_however_large_its_error(
    figure: str, held: int, keeps_to_it: bool
) -> None:
    score, of_posts = Score(led_by_luck=[False]), PostScore()
    for name in OF_ORDERS:
        count = held if name == figure else 950
        score.intervals += [Covered(name, 9, 9, number < count) for number in range(1000)]
    for name in NAMES_OF_POSTS:
        count = held if name == figure else 950
        # all in one world: an error of many points
        of_posts.intervals += [Held(1, name, number < count, 2.0) for number in range(1000)]
    assert is_within(score, of_posts) is keeps_to_it


def test_nobody_is_called_better_who_only_had_luck(score: Score) -> None:
    assert score.led_by_luck == [False] * 5
    assert score.better
    assert min(score.better) > 1


def test_credit_misses_what_shows_no_evidence_and_takes_what_a_leaked_code_shows(
    score: Score,
) -> None:
    for credit in score.credits.values():
        assert 0.6 < credit.rightly / credit.caused < 0.9
        assert credit.credited > credit.rightly


def test_where_evidence_misses_and_lies_returns_are_outside_their_intervals_on_both_sides(
    score: Score,
) -> None:
    by_model = {placed.view for placed in score.placed}
    assert by_model == {(model, 30) for model in MODELS}
    assert len(score.placed) == 20 * len(MODELS)
    own = [placed.truth for placed in score.placed if placed.is_default]
    assert len(own) == 20
    # chance alone would leave one of twenty outside
    assert own.count("inside") < 0.85 * 20
    assert own.count("below") > 0
    assert own.count("above") > 0


def test_the_table_of_evidence_takes_its_own_place_on_the_page_and_no_other(
    tmp_path: Path,
) -> None:
    sides = ("inside", "inside", "inside", "below", "above")
    placed = [Placed(("linear", 30), True, 3, side) for side in sides]
    text = "\n".join(of_evidence_table(Score(placed=placed)))
    assert "| linear | 30 d | 5 | 60.0% ± 21.9% | 20.0% | 20.0% |" in text
    heading = text.splitlines()[0]
    page = tmp_path / "truth.md"
    for after in ("### Another\n\nstays\n", f"{END}\n\n### Prose\n"):
        page.write_text(f"before\n\n{heading}\n\nof old\n\n{after}", encoding="utf-8")
        write_part(text, page)
        assert page.read_text(encoding="utf-8") == f"before\n\n{text}\n{after}"


def test_the_marts_intervals_are_those_of_an_independent_computation(models: list[Model]) -> None:
    """From the invented orders themselves, with scipy, by the formula that docs/truth.md gives."""
    world = World("chance", 3)
    values = {
        person.name: np.array([o.value - o.refund for o in world.orders if o.cause == person.name])
        for person in world.influencers
    }
    every = np.array([order.value - order.refund for order in world.orders])
    credited = np.concatenate(list(values.values()))
    typical = [
        ((credited**power).sum() + 20 * (every**power).mean()) / (len(credited) + 20)
        for power in (1, 2)
    ]
    with built(world, models) as con:
        rows = con.execute(
            "select influencer_id, cost - cost_commission, cost_commission, roi_margin_lo,"
            " roi_margin_hi, p_roi_positive from marts.rpt_influencer_roi"
        ).fetchall()
    assert len(rows) == 20
    for name, *figures in rows:
        fixed, commission, low, high, p_positive = map(float, figures)
        net = values[name].sum()
        spread = ((values[name] ** 2).sum() + 20 * typical[1]) / (net + 20 * typical[0])
        rate = commission / net if net else 0.0
        shape = net / spread + 0.5

        def roi(expected: float, fixed: float = fixed, rate: float = rate) -> float:
            return expected * MARGIN / (fixed + rate * expected) - 1

        due = [
            roi(spread * stats.gamma.ppf(p, shape)) if net or p > 0.5 else -1
            for p in (0.025, 0.975)
        ]
        assert [low, high] == pytest.approx(due, abs=2e-5)
        even = fixed / (MARGIN - rate) / spread
        assert p_positive == pytest.approx(stats.gamma.sf(even, shape), abs=1e-4)
