"""What rpt_audience_lift says of invented audiences, held against what campaigns truly added."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import numpy as np
from audiences import START, Audience, Basis, Brand
from compiled import DATABASE, Model, compile_models, run_models

if TYPE_CHECKING:
    from pathlib import Path

MODELS = ("int_audience_counts", "int_lift_windows", "int_audience_lifts", "rpt_audience_lift")
WANTED = ("+rpt_audience_lift",)
ACCOUNTS = 6  # of one brand, two of each basis
_INPUTS = f"""
create schema {DATABASE}.staging;
create schema {DATABASE}.intermediate;
create table intermediate.int_settings as
    select date '@today' as as_of_date, 'EUR' as reporting_currency;
create table intermediate.int_costs_to_date
    (campaign_id text, cost decimal(18, 2), is_complete bool);
create table staging.stg_plan__campaigns (campaign_id text, starts_on date, ends_on date);
create table staging.stg_plan__accounts
    (platform text, account_id text, owner_id text, valid_from date, valid_to date);
create table intermediate.int_account_observations
    (platform text, account_id text, followers bigint, is_rounded bool, observed_at timestamp);
create table intermediate.int_account_flows
    (platform text, account_id text, date_day date, followers_gained bigint, followers_lost bigint);
"""
_VERDICTS = """
select account_id, verdict, observed_net, lift::double, lift_lo::double, lift_hi::double,
    min_detectable_lift::double, model_spread::double, placebo_p::double
from marts.rpt_audience_lift where campaign_id = $campaign
"""


class Verdict(NamedTuple):
    """A row of the mart, as far as it is judged."""

    verdict: str
    observed_net: int | None
    lift: float | None
    low: float
    high: float
    least: float  # min_detectable_lift
    spread: float  # by the model alone
    placebo_p: float | None


@dataclass(frozen=True)
class Judged:
    """One audience in one kind of world; followers. `naive` holds the truth or not: the interval
    that a mean of the four weeks before would give."""

    kind: str  # nothing, least (a lift of the stated minimum), any
    basis: Basis
    history: int
    length: int
    rate: float
    truth: int
    said: Verdict
    naive: bool

    @property
    def held(self) -> bool:
        return self.said.low <= self.truth <= self.said.high

    @property
    def held_by_model(self) -> bool:
        """By the model's own interval, before it is widened."""
        lift = self.said.lift
        return lift is not None and abs(self.truth - lift) <= 1.96 * self.said.spread


def compile_lift(work: Path) -> list[Model]:
    """The models from counts to verdicts."""
    return compile_models(MODELS, work)


def score_brand(seed: int, models: Sequence[Model]) -> list[Judged]:
    """Every account of one brand three times: without a lift, with the least one that its verdict
    calls detectable, and with one of any size."""
    brand = Brand(seed)
    audiences = [Audience(brand, number) for number in range(ACCOUNTS)]
    nothing = _verdicts(brand, audiences, dict.fromkeys((a.label for a in audiences), 0.0), models)
    least = {label: said.least for label, said in nothing.items() if said.lift is not None}
    rng = np.random.default_rng([seed, 43])
    length = brand.window[1] - brand.window[0] + 1
    any_size = {a.label: rng.uniform(0, 2) * a.rate * length for a in audiences}
    judged = []
    for kind, sizes in (("nothing", {}), ("least", least), ("any", any_size)):
        told = nothing if kind == "nothing" else _verdicts(brand, audiences, sizes, models)
        for audience in audiences:
            said = told[audience.label]
            if kind == "least" and audience.label not in least:
                continue
            added = audience.added(sizes.get(audience.label, 0.0))
            first, last = brand.window
            truth = int(added[first : last + 1].sum())
            naive = _naive(audience, added)
            judged.append(
                Judged(
                    kind, audience.basis, first, length, audience.rate, truth, said,
                    abs(naive[0] - truth) <= 1.96 * naive[1],
                )
            )  # fmt: skip
    return judged


def _naive(audience: Audience, added: np.ndarray) -> tuple[float, float]:
    """The sum over the window less the mean of the 28 days before, as if days were independent."""
    first, last = audience.brand.window
    net = audience.net(added)
    before, length = net[first - 28 : first], last - first + 1
    spread = before.std(ddof=1) * math.sqrt(length + length**2 / 28)
    return float(net[first : last + 1].sum() - length * before.mean()), float(spread)


def _verdicts(
    brand: Brand,
    audiences: Sequence[Audience],
    sizes: Mapping[str, float],
    models: Sequence[Model],
) -> dict[str, Verdict]:
    with duckdb.connect() as con:
        con.execute(f"attach ':memory:' as {DATABASE}")
        con.execute("set timezone = 'UTC'; set preserve_insertion_order = false; set threads = 1")
        fill(con, brand, audiences, sizes)
        run_models(con, models)
        campaign = f"c{len(brand.campaigns) - 1}"
        found = con.execute(_VERDICTS, {"campaign": campaign}).fetchall()
    return {label: Verdict(*rest) for label, *rest in found}


def fill(
    con: duckdb.DuckDBPyConnection,
    brand: Brand,
    audiences: Sequence[Audience],
    sizes: Mapping[str, float],
) -> None:
    """What the models read, into the attached warehouse; `sizes` are lifts by account."""
    con.execute(f"use {DATABASE}")
    con.execute(_INPUTS.replace("@today", f"{START + timedelta(days=brand.days)}"))
    for number, (first, last) in enumerate(brand.campaigns):
        con.execute(
            "insert into staging.stg_plan__campaigns values (?, ?, ?)",
            [f"c{number}", START + timedelta(days=first), START + timedelta(days=last)],
        )
    for audience in audiences:
        con.execute(
            "insert into staging.stg_plan__accounts values (?, ?, 'brand', null, null)",
            [audience.platform, audience.label],
        )
        told = audience.rows(audience.added(sizes.get(audience.label, 0.0)))
        for name, rows in told.items():
            if rows:
                columns = ", ".join(f"unnest(${place})" for place in range(1, 6))
                con.execute(
                    f"insert into intermediate.int_account_{name} select {columns}",
                    [list(column) for column in zip(*rows, strict=True)],
                )
