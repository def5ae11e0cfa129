"""The generated world's orders: who truly caused each, and what evidence of it the shop sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from sandbox.moments import DAY, HOUR, day_of, day_start
from sandbox.order_book import FOREVER, LATEST, Edit, Order, Refund, Visit
from sandbox.rates import euros

if TYPE_CHECKING:
    from sandbox.deals import Collaboration
    from sandbox.posts import WorldPost

_ORGANIC_VISITS = (
    ("direct", None), ("google", "https://www.google.com/"), ("email", None),
    ("bing", "https://www.bing.com/"),
)  # fmt: skip
WELCOME_CODE = "WELCOME5"  # the shop's own: no deal has it
_PRESENTMENTS = ("EUR", "GBP", "CAD", "JPY")
_REFERRERS = {"instagram": "https://l.instagram.com/", "youtube": "https://www.youtube.com/"}


def draw_orders(
    seed: int,
    posts: list[WorldPost],
    collaborations: list[Collaboration],
    *,
    rates: Mapping[date, Mapping[str, str]],
    start: date,
    days: int,
    base_per_day: float,
    shop_currency: str,
) -> list[Order]:
    """Organic orders by day and weekday, and those that sponsored posts cause after them."""
    rng = np.random.default_rng([seed, 8])
    by_id = {deal.collaboration_id: deal for deal in collaborations}
    moments = _organic(rng, start, days, base_per_day)
    moments += _caused(rng, posts, by_id, day_start(start) + days * DAY)
    moments.sort(key=lambda moment: (moment[0], moment[1] or ""))
    placed = _Desk(rng, by_id, collaborations, rates, shop_currency).write(moments)
    for order, chance in zip(placed, _rare(seed, len(placed)), strict=True):
        _make_rare(order, chance)
    return placed


def _organic(
    rng: np.random.Generator, start: date, days: int, base: float
) -> list[tuple[int, str | None]]:
    weekday = (start.weekday() + np.arange(days)) % 7
    expected = base * (1.0 + 0.2 * (weekday >= 5)) * np.linspace(1.0, 1.15, days)
    counts = rng.poisson(expected)
    begins = np.repeat(day_start(start) + np.arange(days) * DAY, counts)
    return [(at, None) for at in (begins + rng.integers(0, DAY, len(begins))).tolist()]


def _caused(
    rng: np.random.Generator,
    posts: list[WorldPost],
    by_id: Mapping[str, Collaboration],
    end: int,
) -> list[tuple[int, str | None]]:
    moments: list[tuple[int, str | None]] = []
    for post in posts:
        if post.collaboration_id is None:
            continue
        deal = by_id[post.collaboration_id]
        delays = rng.exponential(3.0 * DAY, int(rng.poisson(deal.orders_per_post)))
        for delay in delays.tolist():
            at = post.published + HOUR // 4 + int(delay)
            if at < end:
                moments.append((at, deal.collaboration_id))
    return moments


class _Desk:
    """Writes orders one after another, remembering customers."""

    def __init__(
        self,
        rng: np.random.Generator,
        by_id: Mapping[str, Collaboration],
        collaborations: list[Collaboration],
        rates: Mapping[date, Mapping[str, str]],
        shop_currency: str,
    ) -> None:
        self.rng = rng
        self.by_id = by_id
        self.deals = collaborations
        self.rates = rates
        self.shop_currency = shop_currency
        self.placed: list[int] = []

    def write(self, moments: list[tuple[int, str | None]]) -> list[Order]:
        count = len(moments)
        rng = self.rng
        self.chance = rng.random((count, 12)).tolist()
        quantity = (1 + rng.poisson(0.8, count)).tolist()
        price = np.round(rng.lognormal(3.5, 0.35, count) * 100).astype(int).tolist()
        delay = rng.lognormal(2.2, 0.6, count).tolist()
        return [
            self._order(i, at, cause, quantity=quantity[i], price=price[i], delay=delay[i])
            for i, (at, cause) in enumerate(moments)
        ]

    def _order(
        self, i: int, at: int, cause: str | None, *, quantity: int, price: int, delay: float
    ) -> Order:
        chance = self.chance[i]
        gross = quantity * price
        coded, linked = self._claims(at, cause, chance)
        discount = gross * coded.percent_off // 100 if coded else 0
        subtotal = gross - discount
        shipping = 0 if subtotal > 6_000 else 490
        tax = subtotal * 7 // 100 if chance[2] < 0.4 else 0
        customer, ordinal = self._customer(chance[3], chance[4])
        presentment = self.shop_currency
        if chance[5] < 0.15:
            presentment = _PRESENTMENTS[int(chance[5] / 0.15 * len(_PRESENTMENTS))]
        codes = (_as_typed(coded.code, chance[6]),) if coded else ()
        order = Order(
            number=1_001 + i,
            created=at,
            subtotal=subtotal,
            discount=discount,
            tax=tax,
            shipping=shipping,
            quantity=quantity,
            codes=(*codes, "FREESHIP") if codes and chance[6] > 0.95 else codes,
            percent_off=coded.percent_off if coded else 0,
            customer=customer,
            customer_order=ordinal,
            presentment=presentment,
            presentment_rate=self._rate_to(presentment, at),
            visits=self._visits(at, linked, chance),
            ready_at=at + (40 * 60 if chance[7] < 0.8 else 18 * HOUR),
            has_journey=chance[8] > 0.03,
            source_name="web" if chance[8] > 0.03 else "pos",
            is_test=chance[9] < 0.004,
            is_pending=0.004 < chance[9] < 0.012,
            cause=cause,
        )
        self._after_sale(order, chance[10], chance[11], delay)
        return order

    def _claims(
        self, at: int, cause: str | None, chance: list[float]
    ) -> tuple[Collaboration | None, Collaboration | None]:
        """The collaborations whose code and whose link the order shows."""
        style = chance[0]
        other = self.deals[int(chance[1] * len(self.deals))]
        is_running = other.starts_on <= day_of(at) <= other.code_until
        if cause is None:
            coded = other if is_running and style < 0.02 else None
            linked = other if is_running and 0.02 < style < 0.035 else None
            return coded, linked
        own = self.by_id[cause]
        coded = own if style < 0.55 and day_of(at) <= own.code_until else None
        linked = own if 0.35 < style < 0.80 else None
        if 0.55 > style > 0.49 and is_running and other.influencer_id != own.influencer_id:
            linked = other
        return coded, linked

    def _customer(self, guest: float, choice: float) -> tuple[int | None, int]:
        if guest < 0.06:
            return None, 1
        if self.placed and guest < 0.36:
            customer = int(choice * len(self.placed))
            self.placed[customer] += 1
            return customer + 1, self.placed[customer]
        self.placed.append(1)
        return len(self.placed), 1

    def _visits(
        self, at: int, linked: Collaboration | None, chance: list[float]
    ) -> tuple[Visit, ...]:
        visits = []
        if linked is not None or chance[4] < 0.6:
            source, referrer = _ORGANIC_VISITS[int(chance[4] * len(_ORGANIC_VISITS))]
            visits.append(Visit(at - int((0.1 + chance[1] * 12) * DAY), source, referrer))
        if linked is not None:
            touch = Visit(
                at=at - 300 - int(chance[7] ** 3 * 6 * DAY),
                source=linked.utm_source,
                referrer=_REFERRERS[linked.utm_source],
                utm_source=linked.utm_source,
                utm_medium="influencer",
                utm_campaign=linked.utm_campaign,
                utm_content=linked.utm_content,
            )
            # Every third journey begins at the influencer, the others end there.
            visits = [touch, visits[0]._replace(at=at - 60)] if chance[3] > 0.7 else [touch]
            if chance[3] < 0.35:
                earlier = Visit(touch.at - DAY, *_ORGANIC_VISITS[1])
                visits = [earlier, touch]
        return tuple(sorted(visits, key=lambda visit: visit.at))

    def _rate_to(self, currency: str, at: int) -> float:
        if currency == self.shop_currency:
            return 1.0
        one = Decimal(1)
        shop = euros(self.rates, one, self.shop_currency, day_of(at))
        return float(shop / euros(self.rates, one, currency, day_of(at)))

    @staticmethod
    def _after_sale(order: Order, fate: float, share: float, delay: float) -> None:
        """Refunds come days to weeks later, cancellations within hours."""
        back_at = order.created + int(max(delay, 1.5) * DAY)
        if fate < 0.02:
            order.cancelled_at = order.created + int((1 + share * 20) * HOUR)
            order.refunds = (Refund(order.cancelled_at, order.subtotal, order.tax, order.shipping),)
        elif fate < 0.055:
            order.refunds = (Refund(back_at, order.subtotal, order.tax, order.shipping),)
        elif fate < 0.10 and order.subtotal > 1_000:
            first = int(order.subtotal * (0.2 + 0.5 * share))
            refunds = [_part(order, back_at, first)]
            if share > 0.85:
                refunds.append(_part(order, back_at + 4 * DAY, (order.subtotal - first) // 3))
            order.refunds = tuple(refunds)


def _rare(seed: int, count: int) -> list[list[float]]:
    """Chances of what few orders have; a stream of its own, so that all else stays as it was."""
    chances: list[list[float]] = np.random.default_rng([seed, 55]).random((count, 3)).tolist()
    return chances


def _make_rare(order: Order, chance: list[float]) -> None:
    """A gift card sold along, a second code that gave a part of the discount, goods added later."""
    if chance[0] < 0.02:
        order.gift_card = 2_500 if chance[0] < 0.012 else 5_000
    if order.codes and order.discount > 100 and chance[1] < 0.08:
        order.codes = (*order.codes, WELCOME_CODE)
        order.second_discount = order.discount // 4
    is_kept = not order.refunds and order.cancelled_at == FOREVER and not order.is_test
    if is_kept and order.subtotal and chance[2] < 0.012:
        # Most within hours, some after the order has long been settled.
        wait = int((40 + chance[1] * 20) * DAY) if chance[2] < 0.003 else int(chance[1] * 30 * HOUR)
        order.edits = (Edit(order.created + HOUR + wait, max(1, order.subtotal // order.quantity)),)


def _part(order: Order, at: int, subtotal: int) -> Refund:
    return Refund(at, subtotal, order.tax * subtotal // max(order.subtotal, 1), 0)


def _as_typed(code: str, chance: float) -> str:
    return code.lower() if chance < 0.12 else code


def net_revenue(order: Order, at: int = LATEST) -> int:
    """Cents after discounts and refunds, with edits; no tax, shipping or gift card sold.

    0 for tests and cancellations.
    """
    if order.is_test or order.cancelled_at <= at or order.created > at:
        return 0
    return (
        order.subtotal
        + order.added(at)
        - sum(refund.subtotal for refund in order.refunds if refund.at <= at)
    )
