"""Small brands whose truth is known: what influencers are expected to earn, who caused an order.

A world is drawn from its kind and seed alone. Three kinds, each for one question:

- `chance`: influencers of every size, values and refunds of every spread; the evidence is complete
  (each order shows its influencer's own code), so only chance stands between mart and truth;
- `identical`: twenty influencers who truly return the same; whoever leads, leads by luck;
- `evidence`: orders with codes, links, both, somebody else's link, or nothing; codes that leak
  (`leaks.py`). All six models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from leaks import (
    CODE_DAYS,
    UNSEEN_POSTS,
    Leak,
    buying_days,
    honest_referrer,
    leaks,
    mention_days,
    post_days,
)

Kind = Literal["chance", "identical", "evidence"]
KINDS: tuple[Kind, ...] = ("chance", "identical", "evidence")
START = datetime(2026, 3, 1, tzinfo=UTC)
CAMPAIGN_DAYS = 30
OBSERVED = START + timedelta(days=180)  # every return window has passed
MARGIN = 0.58
MODELS = (
    "last_touch", "first_touch", "linear", "time_decay", "position_based", "data_driven",
)  # fmt: skip
NEW_CUSTOMERS = 0.7
FULL_REFUNDS = 0.5  # of the refunded orders; the others get back between 30 and 80 %
PART_REFUNDED = (0.3, 0.8)


def kept_share(refund_rate: float) -> float:
    """The share of sales that is expected not to be given back."""
    return 1 - refund_rate * (FULL_REFUNDS + (1 - FULL_REFUNDS) * sum(PART_REFUNDED) / 2)


@dataclass(frozen=True)
class Influencer:
    """One deal and what it truly is expected to bring, money in euros."""

    name: str
    campaign: str
    expected_orders: float
    mean_value: float
    fixed_cost: float
    commission_rate: float
    refund_rate: float

    @property
    def expected_net(self) -> float:
        """Expected net revenue: refunds are expected as well."""
        return self.expected_orders * self.mean_value * kept_share(self.refund_rate)

    @property
    def expected_kept(self) -> float:
        """Expected orders that are not given back entirely."""
        return self.expected_orders * (1 - self.refund_rate * FULL_REFUNDS)

    @property
    def expected_cost(self) -> float:
        """Fixed cost, and the commission on what is expected to be sold."""
        return self.fixed_cost + self.commission_rate * self.expected_net

    @property
    def roi_margin(self) -> float:
        """The truth that an interval must cover."""
        return self.expected_net * MARGIN / self.expected_cost - 1


@dataclass(frozen=True)
class Order:
    """One order: euros, what the shop sees of it, and who caused it (None: nobody)."""

    number: int
    at: datetime
    value: float
    refund: float
    is_new: bool
    cause: str | None
    code: str | None = None
    visits: tuple[Visit, ...] = ()
    leak: str | None = None  # how the buyer of a leaked code came


class Visit(NamedTuple):
    """A visit to the shop that the order shows: when, by whose link, from which page."""

    at: datetime
    link: str | None = None
    referrer: str | None = None


@dataclass
class World:
    """One invented brand."""

    kind: Kind
    seed: int
    influencers: list[Influencer] = field(init=False)
    orders: list[Order] = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.seed, KINDS.index(self.kind)])
        self.spread = float(self._rng.uniform(0.4, 1.0))  # sigma of the lognormal order values
        self.refund_rate = float(self._rng.uniform(0.0, 0.3))
        self.influencers = self._people()
        self.posts = {p.name: post_days(self._rng, CAMPAIGN_DAYS) for p in self.influencers}
        moments = [m for person in self.influencers for m in self._caused(person)]
        moments += self._organic()
        self.orders = [self._order(number, *moment) for number, moment in enumerate(moments)]
        if self.kind == "evidence":
            self.orders += self._leaked(len(self.orders))

    @cached_property
    def by_name(self) -> dict[str, Influencer]:
        return {person.name: person for person in self.influencers}

    def campaign_roi(self, campaign: str) -> float:
        """The expected margin ROI of a whole campaign."""
        people = [person for person in self.influencers if person.campaign == campaign]
        cost = sum(person.expected_cost for person in people)
        return sum(person.expected_net for person in people) * MARGIN / cost - 1

    def _people(self) -> list[Influencer]:
        rng, count = self._rng, 20
        people = []
        for index in range(count):
            if self.kind == "identical":
                size = float(rng.uniform(0.5, 2.0))
                orders, value, luck = 20 * size, 60.0, 1.0
                commission = 0.0
            else:
                orders = float(np.exp(rng.uniform(np.log(0.5), np.log(200))))
                value = 60.0 * float(rng.lognormal(0, 0.25))
                luck = float(rng.lognormal(0, 0.5))  # how cost and sales fail to agree
                commission = 0.1 if rng.random() < 0.3 else 0.0
            sold = orders * value * kept_share(self.refund_rate)
            people.append(
                Influencer(
                    name=f"i{index:02d}",
                    campaign="c1" if self.kind == "identical" or index % 2 else "c2",
                    expected_orders=orders,
                    mean_value=value,
                    fixed_cost=round(sold * MARGIN * luck, 2),
                    commission_rate=commission,
                    refund_rate=self.refund_rate,
                )
            )
        return people

    def _caused(self, person: Influencer) -> list[tuple[datetime, str | None, float]]:
        count = int(self._rng.poisson(person.expected_orders))
        if self.kind == "evidence":
            later = buying_days(self._rng, count, self.posts[person.name])
            later += mention_days(self._rng, person.expected_orders)
            return [(START + timedelta(days=day), person.name, person.mean_value) for day in later]
        days = np.minimum(self._rng.exponential(6.0, count), CAMPAIGN_DAYS - 1) + 1
        return [
            (START + timedelta(days=float(day)), person.name, person.mean_value) for day in days
        ]

    def _organic(self) -> list[tuple[datetime, str | None, float]]:
        days = self._rng.uniform(0, CAMPAIGN_DAYS, int(self._rng.poisson(200)))
        return [(START + timedelta(days=float(day)), None, 60.0) for day in days]

    def _order(self, number: int, at: datetime, cause: str | None, mean: float) -> Order:
        rng = self._rng
        value = mean * float(rng.lognormal(-(self.spread**2) / 2, self.spread))
        value = max(round(value, 2), 0.01)
        refund = 0.0
        if rng.random() < self.refund_rate:
            is_full = rng.random() < FULL_REFUNDS
            refund = value if is_full else round(value * float(rng.uniform(*PART_REFUNDED)), 2)
        is_new = bool(rng.random() < NEW_CUSTOMERS)
        known = {"number": number, "at": at, "value": value, "refund": refund, "is_new": is_new}
        if self.kind != "evidence":
            return Order(**known, cause=cause, code=cause and cause.upper())
        return self._with_evidence(known, cause)

    def _with_evidence(self, known: dict[str, Any], cause: str | None) -> Order:
        """Half of the caused orders show the code, half a click, a sixth show nothing at all."""
        rng, at = self._rng, known["at"]
        other = self.influencers[int(rng.integers(len(self.influencers)))].name
        if cause is None:
            strays = (Visit(at - timedelta(days=2), other),) if rng.random() < 0.05 else ()
            return Order(**known, cause=None, visits=strays)
        style = rng.random()
        code = cause.upper() if style < 0.55 else None
        visits: list[Visit] = []
        if 0.35 < style < 0.83:
            own = at - timedelta(days=float(rng.exponential(3.0)))
            visits.append(Visit(own, cause))
            if rng.random() < 0.3:  # somebody else was seen as well, before or after
                visits.append(Visit(at - timedelta(days=float(rng.exponential(3.0))), other))
        elif code and rng.random() < 0.7:
            visits.append(Visit(at - timedelta(minutes=20), None, honest_referrer(rng)))
        return Order(**known, cause=cause, code=code, visits=tuple(sorted(visits)))

    def _leaked(self, number: int) -> list[Order]:
        """Orders with a leaked code: nobody caused them."""
        found = [(person, leak) for person in self.influencers for leak in leaks(self._rng)]
        return [self._leaked_order(number + at, *one) for at, one in enumerate(found)]

    def _leaked_order(self, number: int, person: Influencer, leak: Leak) -> Order:
        at = START + timedelta(days=leak.day)
        order = self._order(number, at, None, person.mean_value)
        # every second of those with nothing to show has no visit at all
        is_seen = leak.referrer is not None or self._rng.random() < 0.5
        visits = (Visit(at - timedelta(minutes=9), None, leak.referrer),) if is_seen else ()
        return replace(order, code=person.name.upper(), visits=visits, leak=leak.way)


def plan_rows(world: World) -> dict[str, list[dict[str, Any]]]:
    """The brand's plan by table, as it is landed."""
    day, last = START.date().isoformat(), (START + timedelta(days=CAMPAIGN_DAYS)).date().isoformat()
    code_until = (START + timedelta(days=CODE_DAYS)).date().isoformat()
    people = world.influencers
    attribution: dict[str, Any] = {"model": "last_touch", "lookback_days": 30}
    if world.kind == "evidence":
        attribution["models"] = list(MODELS)
    return {
        "brand": [
            {
                "name": "b", "reporting_currency": "EUR", "time_zone": "UTC",
                "contribution_margin": MARGIN, "return_window_days": 30, "track_posts_days": 90,
                "attribution": attribution, "tiers": {"micro": 0},
            }
        ],
        "influencers": [{"influencer_id": p.name, "name": p.name} for p in people],
        "accounts": [
            {"owner_id": p.name, "platform": "tiktok", "account_id": p.name, "handle": p.name,
             "is_authorised": True, "valid_from": None, "valid_to": None}
            for p in people
        ],
        "posts": [
            {"platform": "tiktok", "post_id": post["id"], "collaboration_id": account}
            for account, post in post_rows(world)
        ],
        "campaigns": [
            {"campaign_id": c, "name": c, "starts_on": day, "ends_on": last,
             "contribution_margin": None}
            for c in sorted({p.campaign for p in people})
        ],
        "collaborations": [
            {"collaboration_id": p.name, "campaign_id": p.campaign, "influencer_id": p.name,
             "starts_on": day, "ends_on": last, "commission_rate": str(p.commission_rate)}
            for p in people
        ],
        "costs": [
            {"cost_id": p.name, "collaboration_id": p.name, "cost_type": "fee",
             "amount": f"{p.fixed_cost:.2f}", "currency_code": "EUR", "incurred_on": day,
             "paid_on": day}
            for p in people
        ],
        "codes": [
            {"code": p.name.upper(), "collaboration_id": p.name, "valid_from": day,
             "valid_to": code_until}
            for p in people
        ],
        "links": [
            {"link_id": p.name, "collaboration_id": p.name, "utm_source": "instagram",
             "utm_medium": "influencer", "utm_campaign": p.campaign, "utm_content": p.name}
            for p in people
        ],
    }  # fmt: skip


def post_rows(world: World) -> list[tuple[str, dict[str, Any]]]:
    """The posts that an API shows, each with its account; some are never seen."""
    rng = np.random.default_rng([world.seed, 7])
    return [
        (
            name,
            {
                "id": f"{name}-{number}",
                "create_time": int((START + timedelta(days=day)).timestamp()),
                "title": "a post",
            },
        )
        for name, days in world.posts.items()
        for number, day in enumerate(days)
        if rng.random() >= UNSEEN_POSTS
    ]


def order_rows(world: World) -> Sequence[dict[str, Any]]:
    """The shop's orders, as its GraphQL answers them."""
    return [order_row(order, world.by_name) for order in world.orders]


def order_row(order: Order, by_name: Mapping[str, Influencer]) -> dict[str, Any]:
    """One order on the wire; `by_name` has those whose links its visits show."""
    visits = [_visit(visit, by_name) for visit in order.visits]
    refunds = [
        {
            "id": f"r{order.number}",
            "createdAt": _text(order.at + timedelta(days=5)),
            "totalRefundedSet": _money(order.refund),
            "refundLineItems": {
                "nodes": [{"quantity": 1, "subtotalSet": _money(order.refund)}]
            },
        }
    ]  # fmt: skip
    return {
        "id": f"o{order.number}",
        "name": f"#{order.number}",
        "createdAt": _text(order.at),
        "processedAt": _text(order.at),
        "updatedAt": _text(order.at + timedelta(days=6)),
        "test": False,
        "displayFinancialStatus": "PAID",
        "currencyCode": "EUR",
        "taxesIncluded": False,
        "totalPriceSet": _money(order.value),
        "subtotalPriceSet": _money(order.value),
        "totalDiscountsSet": _money(0),
        "totalTaxSet": _money(0),
        "totalShippingPriceSet": _money(0),
        "discountCodes": [order.code] if order.code else [],
        "customer": {"id": f"u{order.number}", "numberOfOrders": "1" if order.is_new else "2"},
        "customerJourneySummary": {
            "ready": True,
            "firstVisit": visits[0] if visits else None,
            "lastVisit": visits[-1] if visits else None,
            "moments": {"nodes": visits},
        },
        "refunds": refunds if order.refund else [],
    }


def _visit(visit: Visit, by_name: Mapping[str, Influencer]) -> dict[str, Any]:
    person = by_name[visit.link] if visit.link else None
    utm = person and {
        "source": "instagram", "medium": "influencer", "campaign": person.campaign,
        "content": person.name,
    }  # fmt: skip
    page = "https://shop.example/"
    return {
        "occurredAt": _text(visit.at), "landingPage": page, "referrerUrl": visit.referrer,
        "utmParameters": utm,
    }  # fmt: skip


def _money(amount: float) -> dict[str, Any]:
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "EUR"}}


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
