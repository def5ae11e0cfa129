"""What deals cost and sell in worlds whose truth is not about orders: the shop behind a return.

How much a deal is expected to sell is given; how many orders that makes is Poisson, with values and
refunds as in the worlds of orders. `TierSales` draws what the deals of each tier are expected to
return.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from worlds import FULL_REFUNDS, MARGIN, PART_REFUNDED, Order, kept_share

if TYPE_CHECKING:
    from posts import Influencer

MEAN_VALUE = 60.0  # euros of an order
ON_COMMISSION, COMMISSION = 0.3, 0.1  # of the deals; of net revenue
DAYS = 30


class Shop:
    """Draws a brand's orders: how far values spread and how many come back differ by brand."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._spread = float(rng.uniform(0.4, 1.0))
        self._refund_rate = float(rng.uniform(0.0, 0.3))

    def orders(self, expected_net: Mapping[str, float], start: datetime) -> list[Order]:
        """Orders with each one's code within `DAYS` of start; euros expected, refunds taken off."""
        value = MEAN_VALUE * kept_share(self._refund_rate)
        sold = [
            name
            for name, net in expected_net.items()
            for _ in range(int(self._rng.poisson(net / value)))
        ]
        return [self._order(number, name, start) for number, name in enumerate(sold)]

    def _order(self, number: int, name: str, start: datetime) -> Order:
        rng, spread = self._rng, self._spread
        value = max(round(MEAN_VALUE * float(rng.lognormal(-(spread**2) / 2, spread)), 2), 0.01)
        refund = 0.0
        if rng.random() < self._refund_rate:
            is_full = rng.random() < FULL_REFUNDS
            refund = value if is_full else round(value * float(rng.uniform(*PART_REFUNDED)), 2)
        at = start + timedelta(days=float(rng.uniform(1, DAYS - 1)))
        return Order(number, at, value, refund, True, name, name.upper())


@dataclass
class TierSales:
    """The deals of one world of posts; they begin at `start`.

    A fee differs by tier and by influencer, some pay a commission on top. What an influencer sells
    for a fee is lognormal around what the tier sells on that platform.
    """

    seed: int
    people: list[Influencer]
    start: datetime
    fees: dict[str, float] = field(init=False)
    rates: dict[str, float] = field(init=False)  # commission
    orders: list[Order] = field(init=False)

    def __post_init__(self) -> None:
        rng = self._rng = np.random.default_rng([self.seed, 18])
        price = float(np.exp(rng.uniform(np.log(40), np.log(400))))  # of a micro's deal
        spread, between = float(rng.uniform(0, 1)), float(rng.uniform(0.2, 0.8))
        # the margin that comes back for a euro of fees
        self.returns = {
            (tier, platform): float(rng.uniform(0.5, 2.0))
            for tier in ("micro", "macro")
            for platform in ("youtube", "instagram")
        }
        around = {"micro": price, "macro": 3 * price}
        self.fees = {
            p.name: max(round(around[p.tier] * self._luck(spread), 2), 1.0) for p in self.people
        }
        self.rates = {
            p.name: COMMISSION if rng.random() < ON_COMMISSION else 0.0 for p in self.people
        }
        expected = {
            p.name: self.fees[p.name]
            * self.returns[p.tier, p.platform]
            * self._luck(between)
            / MARGIN
            for p in self.people
        }
        self.orders = Shop(rng).orders(expected, self.start)

    def roi_margin(self, tier: str, shares: Mapping[str, float]) -> float:
        """The truth of a tier whose deals lie on each platform with such a chance."""
        margin = sum(share * self.returns[tier, platform] for platform, share in shares.items())
        margin /= sum(shares.values())
        return margin / (1 + ON_COMMISSION * COMMISSION * margin / MARGIN) - 1

    def _luck(self, spread: float) -> float:
        return float(self._rng.lognormal(-(spread**2) / 2, spread))


def plan_rows(fees: Mapping[str, float], start: datetime) -> dict[str, list[dict[str, Any]]]:
    """Costs and codes of deals that are named like their influencers."""
    first = start.date().isoformat()
    last = (start + timedelta(days=DAYS)).date().isoformat()
    return {
        "costs": [
            {"cost_id": name, "collaboration_id": name, "cost_type": "fee",
             "amount": f"{fee:.2f}", "currency_code": "EUR", "incurred_on": first,
             "paid_on": first}
            for name, fee in fees.items()
        ],
        "codes": [
            {"code": name.upper(), "collaboration_id": name, "valid_from": first,
             "valid_to": last}
            for name in fees
        ],
    }  # fmt: skip
