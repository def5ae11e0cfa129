"""What reaches a shop beside posts and links: codes that leaked, and what buyers say of themselves.

Drawn from streams of its own (50 and 51), after all else: the other orders do not know of it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from sandbox.moments import DAY, HOUR, day_of
from sandbox.order_book import Order, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.deals import Collaboration
    from sandbox.people import Influencer
    from sandbox.posts import WorldPost

_LEAKING = 0.08  # share of deals whose code lands on a coupon page
_COUPONS = Visit(0, "couponhaven", "https://www.couponhaven.example/lumen")
_SEARCH = Visit(0, "google", "https://www.google.com/")
_DIRECT = Visit(0, "direct", None)
_ANSWERING = 0.3
_OTHER_ANSWERS = ("Google", "a friend", "Instagram", "newsletter")


def draw_leaks(
    seed: int,
    posts: Sequence[WorldPost],
    deals: Sequence[Collaboration],
    placed: Sequence[Order],
    *,
    end: int,
    shop_currency: str,
) -> list[Order]:
    """Orders by strangers on leaked codes, numbered on from `placed`.

    They come in one burst, twelve to twenty days after the deal's last post, most without a visit
    that says whence. Nobody's post caused them.
    """
    rng = np.random.default_rng([seed, 50])
    last_post: dict[str, int] = defaultdict(int)
    for post in posts:
        if post.collaboration_id is not None:
            deal_id = post.collaboration_id
            last_post[deal_id] = max(last_post[deal_id], post.published)
    number = max((order.number for order in placed), default=1_000)
    customer = max((order.customer or 0 for order in placed), default=0)
    orders = []
    for deal in deals:
        leaks = rng.random() < _LEAKING
        begins = last_post[deal.collaboration_id] + int(rng.uniform(12, 20) * DAY)
        delays = np.sort(rng.exponential(10.0 * HOUR, int(rng.integers(8, 40))))
        chance = rng.random((len(delays), 3)).tolist()
        prices = np.round(rng.lognormal(3.5, 0.35, len(delays)) * 100).astype(int).tolist()
        if not leaks or deal.collaboration_id not in last_post:
            continue
        for delay, (came, ready, status), price in zip(delays, chance, prices, strict=True):
            at = begins + int(delay)
            if at >= end or day_of(at) > deal.code_until:
                continue
            number, customer = number + 1, customer + 1
            order = _order(deal, at, price, _visits(at, came))
            order.number, order.customer, order.presentment = number, customer, shop_currency
            order.ready_at = at + (HOUR if ready < 0.9 else 18 * HOUR)
            order.is_pending = status < 0.01
            orders.append(order)
    return orders


def _order(deal: Collaboration, at: int, price: int, visits: tuple[Visit, ...]) -> Order:
    discount = price * deal.percent_off // 100
    return Order(
        number=0,
        created=at,
        subtotal=price - discount,
        discount=discount,
        tax=0,
        shipping=0 if price - discount > 6_000 else 490,
        quantity=1,
        codes=(deal.code,),
        percent_off=deal.percent_off,
        visits=visits,
        leaked_from=deal.collaboration_id,
    )


def _visits(at: int, came: float) -> tuple[Visit, ...]:
    if came < 0.55:
        return ()
    kind = _DIRECT if came < 0.7 else _COUPONS if came < 0.88 else _SEARCH
    return (kind._replace(at=at - 600),)


def answer_surveys(
    seed: int, orders: Sequence[Order], deals: Sequence[Collaboration], people: Sequence[Influencer]
) -> None:
    """Let some buyers say who sent them: most truly, a few wrongly or in words of their own."""
    rng = np.random.default_rng([seed, 51])
    name_of = {person.influencer_id: person.name for person in people}
    names = {deal.collaboration_id: name_of[deal.influencer_id] for deal in deals}
    chance = rng.random((len(orders), 3)).tolist()
    for order, (answers, honest, style) in zip(orders, chance, strict=True):
        if answers > _ANSWERING:
            continue
        name = names.get(order.cause or "") if honest < 0.8 else None
        if name is None:
            order.survey = _OTHER_ANSWERS[int(style * len(_OTHER_ANSWERS))]
        else:
            order.survey = name if style < 0.6 else f"@{name.lower().replace(' ', '')}"
