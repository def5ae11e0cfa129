"""Removal effects against their definition: take a collaboration out, and solve what is left."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import pytest
from compiled import module_of
from marts_house import PROJECT

Journey = tuple[tuple[str, ...], bool]


@pytest.fixture(scope="module")
def solver() -> ModuleType:
    return module_of(PROJECT / "models" / "intermediate" / "int_removal_effects.py")


def steps_of(journeys: list[Journey]) -> pd.DataFrame:
    """What `int_journey_steps` counts."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for touches, is_sold in journeys:
        counts["start", None, "collaboration", touches[0]] += 1
        for one, other in pairwise(touches):
            counts["collaboration", one, "collaboration", other] += 1
        counts["collaboration", touches[-1], "sold" if is_sold else "lost", None] += 1
    columns = ["from_kind", "from_state", "to_kind", "to_state", "journeys"]
    return pd.DataFrame([(*key, count) for key, count in counts.items()], columns=columns)


def chance_of_a_sale(steps: pd.DataFrame, without: str = "") -> Fraction:
    """Of the chain whose journeys end at `without`, by Gauss's elimination in exact fractions."""
    rows = [tuple(row) for row in steps.itertuples(index=False)]
    states = sorted({row[1] for row in rows if row[0] == "collaboration"})
    leaving: Counter[str | None] = Counter()
    for row in rows:
        leaving[row[1] if row[0] == "collaboration" else None] += row[4]
    at = {state: index for index, state in enumerate([*states, None])}
    size = len(at)
    matrix = [[Fraction(int(i == j)) for j in range(size + 1)] for i in range(size)]
    for from_kind, from_state, to_kind, to_state, count in rows:
        source = from_state if from_kind == "collaboration" else None
        part = Fraction(int(count), leaving[source])
        if to_kind == "sold" and source != without:
            matrix[at[source]][size] += part
        if to_kind == "collaboration" and without not in (source, to_state):
            matrix[at[source]][at[to_state]] -= part
    for pivot in range(size):
        swap = next(row for row in range(pivot, size) if matrix[row][pivot])
        matrix[pivot], matrix[swap] = matrix[swap], matrix[pivot]
        head = matrix[pivot][pivot]
        matrix[pivot] = [cell / head for cell in matrix[pivot]]
        for row in range(size):
            if row != pivot and matrix[row][pivot]:
                factor = matrix[row][pivot]
                matrix[row] = [
                    a - factor * b for a, b in zip(matrix[row], matrix[pivot], strict=True)
                ]
    return matrix[at[None]][size]


def by_definition(steps: pd.DataFrame) -> dict[str, float]:
    whole = chance_of_a_sale(steps)
    names = {*steps["to_state"].dropna()}
    return {name: float(1 - chance_of_a_sale(steps, name) / whole) for name in names}


def found(solver: ModuleType, steps: pd.DataFrame) -> dict[str, float]:
    effects = solver.removal_effects(steps)
    return dict(zip(effects["collaboration_id"], effects["removal_effect"], strict=True))


def test_two_collaborations_worked_out_by_hand(solver: ModuleType) -> None:
    # start goes to a (2 of 3) or b; a to b, or to a sale; b to a sale, or to nothing
    journeys = [(("a", "b"), True), (("a",), True), (("b",), False)]
    effects = found(solver, steps_of(journeys))
    # a sale has the chance 2/3 (1/2 + 1/2 1/2) + 1/3 1/2 = 2/3; without a 1/6, without b 1/3
    assert effects == pytest.approx({"a": 3 / 4, "b": 1 / 2}, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_effects_are_what_is_lost_when_a_collaboration_is_taken_out(
    solver: ModuleType, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    names = [f"c{number:02d}" for number in range(rng.randint(1, 9))]
    journeys = []
    for _ in range(rng.randint(5, 60)):
        # some worlds go in one direction only, others in circles, and with loops on one state
        touches = rng.choices(names, k=rng.randint(1, 5))
        journeys.append((tuple(sorted(touches) if seed % 3 == 0 else touches), rng.random() < 0.8))
    journeys.append(((names[0],), True))
    steps = steps_of(journeys)
    assert found(solver, steps) == pytest.approx(by_definition(steps), abs=1e-9)
    shuffled = steps.sample(frac=1, random_state=seed)
    assert found(solver, shuffled) == found(solver, steps)  # to the last digit


def test_without_a_sale_or_a_journey_no_effect_is_known(
    solver: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(solver, steps_of([])) == {}
    (effect,) = found(solver, steps_of([(("a",), False)])).values()
    assert pd.isna(effect)
    circle = steps_of([(("a", "b", "a"), True)])
    monkeypatch.setattr(solver, "LARGEST_KNOT", 1)
    assert solver.removal_effects(circle)["removal_effect"].isna().all()


def by_month(journeys_of: dict[str, list[Journey]]) -> duckdb.DuckDBPyRelation:
    """What `int_journey_steps` holds of journeys by their month; all that met two are shared."""
    frames = []
    for month, journeys in journeys_of.items():
        steps = steps_of(journeys)
        steps.insert(0, "order_month", pd.Timestamp(month).date())
        frames.append(steps.assign(shared_journeys=steps["journeys"]))
    return (
        duckdb.connect()
        .from_df(pd.concat(frames))
        .project("* replace (order_month::date as order_month)")
    )


def test_a_month_learns_from_its_own_journeys_and_those_of_the_two_months_before(
    solver: ModuleType,
) -> None:
    one: list[Journey] = [(("a", "b"), True), (("a",), False), (("b",), True)]
    other: list[Journey] = [(("b", "a"), True), (("c",), True)]
    months = {"2026-01-01": one, "2026-03-01": other, "2026-04-01": one}
    effects = solver.effects_by_month(by_month(months))
    for month, learnt in {
        "2026-01-01": one,
        "2026-03-01": one + other,
        "2026-04-01": other + one,
    }.items():
        of_month = effects[effects["order_month"] == month]
        found_effects = dict(
            zip(of_month["collaboration_id"], of_month["removal_effect"], strict=True)
        )
        assert found_effects == found(solver, steps_of(learnt)), month
        assert set(of_month["shared_journeys"]) == {len(learnt)}


def test_a_month_of_which_nothing_changed_is_not_solved_again(
    solver: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = {f"2026-{month:02}-01": [(("a", "b"), month > 1)] * month for month in range(1, 7)}
    last = solver.effects_by_month(by_month(months))
    solved = []
    monkeypatch.setattr(
        solver,
        "removal_effects",
        lambda steps, solve=solver.removal_effects: solved.append(steps) or solve(steps),
    )
    months["2026-03-01"] = [(("b",), True)]
    again = solver.effects_by_month(by_month(months), last)
    assert len(solved) == 3  # March, and April and May, which learn from it
    pd.testing.assert_frame_equal(again, solver.effects_by_month(by_month(months)))
    assert solver.effects_by_month(by_month({"2026-01-01": []})).empty


def test_where_nothing_is_learnt_the_columns_have_their_types(solver: ModuleType) -> None:
    def types(effects: pd.DataFrame) -> list[str]:
        return [str(one) for one in duckdb.from_df(effects).types]

    nothing = by_month({"2026-01-01": []})
    first = solver.effects_by_month(nothing)
    assert types(first) == ["TIMESTAMP", "VARCHAR", "DOUBLE", "BIGINT", "VARCHAR"]
    assert types(solver.effects_by_month(nothing, duckdb.from_df(first).df())) == types(first)
