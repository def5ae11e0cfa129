"""One row per month of orders and collaboration on a journey: the share of sales that would be lost
without it, learnt from the journeys of the month's orders and of those of the two months before.

An absorbing Markov chain of order 1 over the steps of these journeys, solved exactly. With
collaboration c removed every journey that would meet it ends, so what is lost is the chance ever
to meet c times the chance to sell from there. Both stand in the fundamental matrix, so one solve
serves all collaborations (Kemeny and Snell, Finite Markov Chains, 1960, chapter III; the removal
effect is that of Anderl, Becker, von Wangenheim and Schumann, 2016).

States that can reach each other form a knot. Knots are solved one after another in the direction of
the journeys, so the cost grows with the largest knot and not with the number of collaborations.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# A journey looks back 90 days, so the deals that meet on one ran within these months. Over longer
# spans whoever worked longer would outweigh whom he meets: his journeys are counted all year.
LEARNT_MONTHS = 3
# A knot is one dense matrix: 4,000 states take 128 MB and some seconds.
LARGEST_KNOT = 4_000

METHOD = Path(__file__).read_bytes()
COLUMNS = {
    "order_month": "datetime64[us]", "collaboration_id": "str", "removal_effect": "float64",
    "shared_journeys": "int64", "input_key": "str",
}  # fmt: skip
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
START, SOLD = "start", "sold"

# The steps of the months from $first to $last, as one, and a key of each month's.
_STEPS = """
select
    from_kind, from_state, to_kind, to_state,
    sum(journeys)::bigint as journeys, sum(shared_journeys)::bigint as shared_journeys
from steps where order_month between '$first' and '$last'
group by all
"""
_KEYS = """
select order_month, bit_xor(hash(steps))::varchar as key
from steps group by order_month order by order_month
"""


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """The columns of COLUMNS.

    A month of which nothing changed, the method included, is taken from the last build.
    """
    dbt.config(materialized="table")
    steps = dbt.ref("int_journey_steps")
    is_there = session.execute(
        "select 1 from information_schema.columns where table_catalog = ? and table_schema = ?"
        " and table_name = ? and column_name = 'input_key'",
        [dbt.this.database, dbt.this.schema, dbt.this.identifier],
    ).fetchone()
    last = session.sql(f"from {dbt.this}").df() if is_there else None
    return effects_by_month(steps, last)


def effects_by_month(steps: Any, last: pd.DataFrame | None = None) -> pd.DataFrame:
    """`steps` is a DuckDB relation of the rows of int_journey_steps; `last` is what an earlier call
    returned."""
    months = steps.query("steps", _KEYS).fetchall()
    spans = {}
    for month, _ in months:
        first = (pd.Timestamp(month) - pd.DateOffset(months=LEARNT_MONTHS - 1)).date()
        learnt_from = [row for row in months if first <= row[0] <= month]
        key = hashlib.sha256(repr((month, learnt_from)).encode() + METHOD).hexdigest()
        spans[key] = (first, month)
    found = [pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)]
    if last is not None:
        found.append(last[last["input_key"].isin(list(spans))])
    for key in spans.keys() - set(found[-1]["input_key"]):
        first, month = spans[key]
        span = _STEPS.replace("$first", str(first)).replace("$last", str(month))
        counted = steps.query("steps", span).df()
        effects = removal_effects(counted).assign(
            order_month=pd.Timestamp(month),
            shared_journeys=counted["shared_journeys"][counted["from_kind"] == START].sum(),
            input_key=key,
        )
        found.append(effects[list(COLUMNS)].astype(COLUMNS))
    # in one order, whichever months were at hand, so that sums over the rows have one last digit
    rows = pd.concat(found).sort_values(["order_month", "collaboration_id"], ignore_index=True)
    return rows.astype(COLUMNS)  # an empty frame has forgotten them


def removal_effects(steps: pd.DataFrame) -> pd.DataFrame:
    """The effect of each collaboration in `steps`: rows of int_journey_steps, of one span of time.

    An effect lies between 0 and 1. It is null for all while a knot is too large to solve, and where
    nothing was sold.
    """
    names = sorted({*steps["from_state"].dropna().unique(), *steps["to_state"].dropna().unique()})
    # the number of a state is its place among the names; what is none has -1
    source, target = (
        pd.Categorical(steps[side], categories=names).codes.astype(np.int64)
        for side in ("from_state", "to_state")
    )
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
    knot_of, place = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    for index, knot in enumerate(knots):
        knot_of[knot], place[knot] = index, np.arange(len(knot))
    steps_of = np.argsort(knot_of[source], kind="stable")  # knot by knot
    ends = np.searchsorted(knot_of[source][steps_of], np.arange(len(knots) + 1))
    inflow, selling, met = begin.copy(), sold.copy(), np.zeros(size)

    # A knot comes after all that can be reached from it. Its steps, and those that leave it:
    inverses: list[Floats] = []
    for index, knot in enumerate(knots):
        steps = steps_of[ends[index] : ends[index + 1]]
        within = knot_of[target[steps]] == index
        inside, onward = steps[within], steps[~within]
        matrix = np.eye(len(knot))
        np.subtract.at(matrix, (place[source[inside]], place[target[inside]]), chance[inside])
        np.add.at(selling, source[onward], chance[onward] * selling[target[onward]])
        inverse = np.linalg.inv(matrix)
        selling[knot] = inverse @ selling[knot]
        inverses.append(inverse)

    often = np.zeros(size)
    for index in range(len(knots) - 1, -1, -1):
        knot, inverse = knots[index], inverses[index]
        often[knot] = inflow[knot] @ inverse
        met[knot] = often[knot] / inverse.diagonal()
        steps = steps_of[ends[index] : ends[index + 1]]
        onward = steps[knot_of[target[steps]] != index]
        np.add.at(inflow, target[onward], often[source[onward]] * chance[onward])
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
