"""What rpt_audience_lift says of invented audiences, held against what campaigns truly added."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from audience_rows import landed
from audiences import Audience, Basis, Brand
from marts import built_of

if TYPE_CHECKING:
    from compiled import Model

WANTED = ("+rpt_audience_lift",)
ACCOUNTS = 6  # of one brand, two of each basis
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
    with built_of(landed(brand, audiences, sizes), models) as con:
        campaign = f"c{len(brand.campaigns) - 1}"
        found = con.execute(_VERDICTS, {"campaign": campaign}).fetchall()
    return {label: Verdict(*rest) for label, *rest in found}
