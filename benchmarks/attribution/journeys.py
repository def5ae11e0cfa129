"""Removal effects of 10,000 kinds of journeys over 12 channels: ours, or ChannelAttribution's.

Both sides get the same table (path, conversions, nulls) in memory; imports are paid before the
clock.

    python journeys.py ours|theirs|precise
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CHANNELS = 12
PATHS = 10_000
MODEL = Path(__file__).parents[2] / "dbt_project/models/intermediate/int_removal_effects.py"

_STEPS = """
with paths as (
    select string_split(path, ' > ') as states, conversions, nulls from journeys
),
pairs as (
    select
        unnest(list_zip(list_prepend(null, states), list_append(states, null))) as pair,
        conversions, nulls
    from paths
),
steps as (
    select
        case when pair[1] is null then 'start' else 'collaboration' end as from_kind,
        pair[1] as from_state,
        case
            when pair[2] is not null then 'collaboration'
            when is_sold then 'sold'
            else 'lost'
        end as to_kind,
        pair[2] as to_state,
        case
            when pair[2] is not null then conversions + nulls
            when is_sold then conversions
            else nulls
        end as journeys
    from pairs, (values (true), (false)) as ends (is_sold)
    where pair[2] is null or is_sold
)
select from_kind, from_state, to_kind, to_state, sum(journeys)::bigint as journeys
from steps group by all having sum(journeys) > 0
"""


def invented(seed: int = 1) -> pd.DataFrame:
    """Distinct paths of geometric length, and how often each sold and did not."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(CHANNELS, 0.7))
    found: dict[str, list[int]] = {}
    while len(found) < PATHS:
        states = rng.choice(CHANNELS, size=min(int(rng.geometric(0.25)), 20), p=weights)
        path = " > ".join(f"channel_{state:02d}" for state in states)
        sold = found.setdefault(path, [0, 0])
        sold[0] += int(rng.poisson(2.0))
        sold[1] += int(rng.poisson(8.0))
    rows = [(path, *counts) for path, counts in found.items()]
    return pd.DataFrame(rows, columns=["path", "conversions", "nulls"])


def by_definition(journeys: pd.DataFrame) -> dict[str, float]:
    """Each channel taken out, and the chain that is left solved anew: slow and independent."""
    names = [f"channel_{number:02d}" for number in range(CHANNELS)]
    at = {name: index for index, name in enumerate(["start", *names, "sold", "lost"])}
    counts = np.zeros((len(at), len(at)))
    for path, conversions, nulls in journeys.itertuples(index=False):
        states = ["start", *path.split(" > ")]
        for one, other in pairwise(states):
            counts[at[one], at[other]] += conversions + nulls
        counts[at[states[-1]], at["sold"]] += conversions
        counts[at[states[-1]], at["lost"]] += nulls
    chances = counts[:-2] / np.maximum(counts[:-2].sum(axis=1, keepdims=True), 1)

    def sells(without: str | None = None) -> float:
        matrix = chances.copy()
        if without:
            matrix[:, at["lost"]] += matrix[:, at[without]]
            matrix[:, at[without]] = 0
        inside = len(at) - 2
        return float(np.linalg.solve(np.eye(inside) - matrix[:, :inside], matrix[:, at["sold"]])[0])

    whole = sells()
    return {name: 1 - sells(name) / whole for name in names}


def ours(journeys: pd.DataFrame) -> dict[str, float]:
    """Steps counted in SQL, effects by the model of the marts."""
    steps = _CON.execute(_STEPS).df()
    effects = _SOLVER.removal_effects(steps)
    return dict(zip(effects["collaboration_id"], effects["removal_effect"], strict=True))


def theirs(journeys: pd.DataFrame, **precision: Any) -> dict[str, float]:
    """ChannelAttribution's Markov model of order 1."""
    found = _PEER.markov_model(
        journeys,
        "path",
        "conversions",
        var_null="nulls",
        out_more=True,
        verbose=False,
        flg_pro=False,
        **precision,
    )
    effects = found["removal_effects"]
    return dict(zip(effects["channel_name"], effects["removal_effect"], strict=True))


def main() -> None:
    """Time one side and print its effects and their largest error."""
    side = sys.argv[1]
    journeys = invented()
    began = time.perf_counter()
    if side == "ours":
        effects = ours(journeys)
    elif side == "theirs":
        effects = theirs(journeys)
    else:
        effects = theirs(journeys, nsim_start=1e6, conv_par=0.005)
    seconds = time.perf_counter() - began
    truth = by_definition(journeys)
    error = max(abs(effects[name] - effect) for name, effect in truth.items())
    print(json.dumps({"seconds": round(seconds, 4), "largest_error": error}))


if __name__ == "__main__":
    if sys.argv[1] == "ours":
        import duckdb

        spec = importlib.util.spec_from_file_location("int_removal_effects", MODEL)
        assert spec and spec.loader
        _SOLVER = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(_SOLVER)
        _CON = duckdb.connect()
        _CON.register("journeys", invented())
    else:
        import ChannelAttribution as _PEER  # type: ignore[import-not-found]
    main()
