"""One row per collaboration on a journey: the share of sales that would be lost without it.

An absorbing Markov chain of order 1 over the steps of all journeys, solved exactly. With
collaboration c removed every journey that would meet it ends, so what is lost is the chance ever
to meet c times the chance to sell from there. Both stand in the fundamental matrix, so one solve
serves all collaborations (Kemeny and Snell, Finite Markov Chains, 1960, chapter III; the removal
effect is that of Anderl, Becker, von Wangenheim and Schumann, 2016).

States that can reach each other form a knot. Knots are solved one after another in the direction of
the journeys, so the cost grows with the largest knot and not with the number of collaborations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# A knot is one dense matrix: 4,000 states take 128 MB and some seconds.
LARGEST_KNOT = 4_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
START, SOLD = "start", "sold"


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """Columns collaboration_id and removal_effect."""
    dbt.config(materialized="table")
    return removal_effects(dbt.ref("int_journey_steps").df())


def removal_effects(steps: pd.DataFrame) -> pd.DataFrame:
    """The effect of each collaboration in `steps`, the rows of int_journey_steps.

    An effect lies between 0 and 1. It is null for all while a knot is too large to solve, and where
    nothing was sold.
    """
    names = sorted({*steps["from_state"].dropna(), *steps["to_state"].dropna()})
    number = {name: index for index, name in enumerate(names)}
    source = np.array([number.get(name, -1) for name in steps["from_state"]], dtype=np.int64)
    target = np.array([number.get(name, -1) for name in steps["to_state"]], dtype=np.int64)
    journeys = steps["journeys"].to_numpy(dtype=np.float64)
    begins = (steps["from_kind"] == START).to_numpy()
    sells = (steps["to_kind"] == SOLD).to_numpy()
    inside = ~begins & (target >= 0)

    size = len(names)
    leaving = np.bincount(source[~begins], journeys[~begins], size)
    begin = np.bincount(target[begins], journeys[begins], size)
    begin = begin / max(begin.sum(), 1.0)
    sold = np.bincount(source[sells], journeys[sells], size) / leaving
    # By source and target, so that sums have one order and results one last digit.
    order = np.lexsort((target[inside], source[inside]))
    source, target = source[inside][order], target[inside][order]
    chance = journeys[inside][order] / leaving[source]

    effects = np.full(size, np.nan)
    knots = _knots(size, source, target)
    if size and max(map(len, knots)) <= LARGEST_KNOT:
        met, selling = _solve(knots, source, target, chance, begin=begin, sold=sold)
        total = float(begin @ selling)
        if total > 0:
            effects = met * selling / total
    return pd.DataFrame(
        {
            "collaboration_id": pd.Series(names, dtype="str"),
            "removal_effect": pd.Series(effects, dtype="float64"),
        }
    )


def _solve(
    knots: list[list[int]],
    source: Ints,
    target: Ints,
    chance: Floats,
    *,
    begin: Floats,
    sold: Floats,
) -> tuple[Floats, Floats]:
    """Per state the chance ever to meet it from the start, and the chance to sell from it."""
    size = len(begin)
    first = np.searchsorted(source, np.arange(size + 1))  # where each state's steps begin
    knot_of = np.empty(size, dtype=np.int64)
    for index, knot in enumerate(knots):
        knot_of[knot] = index
    inflow, selling, met = begin.copy(), sold.copy(), np.zeros(size)

    # A knot comes after all that can be reached from it.
    inverses: list[Floats] = []
    for index, knot in enumerate(knots):
        place = {state: at for at, state in enumerate(knot)}
        matrix = np.eye(len(knot))
        for state in knot:
            steps = slice(first[state], first[state + 1])
            within = knot_of[target[steps]] == index
            for to, part in zip(target[steps][within], chance[steps][within], strict=True):
                matrix[place[state], place[int(to)]] -= part
            onward = ~within
            selling[state] += chance[steps][onward] @ selling[target[steps][onward]]
        inverse = np.linalg.inv(matrix)
        selling[knot] = inverse @ selling[knot]
        inverses.append(inverse)

    for index in range(len(knots) - 1, -1, -1):
        knot, inverse = knots[index], inverses[index]
        visits = inflow[knot] @ inverse
        met[knot] = visits / inverse.diagonal()
        for state, often in zip(knot, visits, strict=True):
            steps = slice(first[state], first[state + 1])
            onward = knot_of[target[steps]] != index
            np.add.at(inflow, target[steps][onward], often * chance[steps][onward])
    return met, selling


def _knots(size: int, source: Ints, target: Ints) -> list[list[int]]:
    """Strongly connected components, each after all that can be reached from it (Tarjan, 1972)."""
    first = np.searchsorted(source, np.arange(size + 1)).tolist()
    to = target.tolist()
    found = [-1] * size  # the order in which states were met; -1: not yet
    low = [0] * size
    is_open = [False] * size
    trail: list[int] = []
    knots: list[list[int]] = []
    count = 0
    for root in range(size):
        if found[root] >= 0:
            continue
        work = [(root, first[root])]
        found[root] = low[root] = count
        count += 1
        trail.append(root)
        is_open[root] = True
        while work:
            state, step = work.pop()
            if step < first[state + 1]:
                work.append((state, step + 1))
                onward = to[step]
                if found[onward] < 0:
                    found[onward] = low[onward] = count
                    count += 1
                    trail.append(onward)
                    is_open[onward] = True
                    work.append((onward, first[onward]))
                elif is_open[onward]:
                    low[state] = min(low[state], found[onward])
                continue
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[state])
            if low[state] == found[state]:
                at = trail.index(state)
                knot = sorted(trail[at:])
                del trail[at:]
                for member in knot:
                    is_open[member] = False
                knots.append(knot)
    return knots
