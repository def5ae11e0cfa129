"""How codes are used, honestly and not, in worlds with evidence.

What is drawn here knows nothing of the rule that flags leaks. Followers buy for weeks after a post,
mostly without a click that the shop could see, and after mentions that nobody recorded as well. A
code that leaks does so on any day, during the deal as well as after it, and brings few orders or
many over some days; its buyers come from coupon pages (known and unknown), by a search, or were on
the shop already, where nothing shows how they found the code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEAKS = 0.25  # of the influencers
LEAK_ORDERS = (12.0, 0.8)  # median and sigma of how many orders a leak brings
LEAK_SPREAD_DAYS = 4.0
LAST_LEAK_DAY = 60.0
CODE_DAYS = 89.0  # as long as the codes are valid
MENTIONS = 0.1  # of the influencers mention the code once more, where no API shows it
MENTIONED_ORDERS = 0.2  # what a mention brings, of the deal's expected orders
UNSEEN_POSTS = 0.2
BUYING_DAYS = 6.0  # mean time from a post to an order

_INSTAGRAM, _SEARCH = "https://l.instagram.com/", "https://www.google.com/"
_PAGES = (
    "https://www.couponhaven.example/shop",
    "https://www.retailmenot.com/view/shop.example",
    "https://best-deals.example/shop",
    "https://forum.example/thread/918",
)


class Leak(NamedTuple):
    """One order of a leaked code: its day, how the buyer came, and the page he came from."""

    day: float
    way: str
    referrer: str | None


def post_days(rng: np.random.Generator, campaign_days: int) -> list[float]:
    """Days of an influencer's posts: one as the deal begins, up to two more during it."""
    more = rng.uniform(2, campaign_days, int(rng.integers(0, 3)))
    return sorted([float(rng.uniform(0, 1)), *map(float, more)])


def buying_days(rng: np.random.Generator, count: int, posts: list[float]) -> list[float]:
    """The days on which followers buy: some days after one of the posts."""
    chosen = rng.choice(posts, count) if count else np.array([])
    return [float(d) for d in chosen + np.minimum(rng.exponential(BUYING_DAYS, count), 40)]


def mention_days(rng: np.random.Generator, expected_orders: float) -> list[float]:
    """Days of orders after a mention that is nowhere recorded; mostly there is none."""
    if rng.random() >= MENTIONS:
        return []
    day = float(rng.uniform(15, LAST_LEAK_DAY))
    count = int(rng.poisson(MENTIONED_ORDERS * expected_orders))
    return [day + float(later) for later in rng.exponential(0.7, count)]


def leaks(rng: np.random.Generator) -> list[Leak]:
    """The orders that a code brings once strangers know it; mostly there are none."""
    if rng.random() >= LEAKS:
        return []
    began = float(rng.uniform(2, LAST_LEAK_DAY))
    median, sigma = LEAK_ORDERS
    count = int(rng.poisson(median * float(rng.lognormal(0, sigma))))
    page = _PAGES[int(rng.integers(len(_PAGES)))]
    days = began + rng.exponential(LEAK_SPREAD_DAYS, count)
    return [_leak(rng, float(day), page) for day in days if day < CODE_DAYS]


def _leak(rng: np.random.Generator, day: float, page: str) -> Leak:
    draw = rng.random()
    if draw < 0.35:
        return Leak(day, "from a page with codes", page)
    if draw < 0.55:
        return Leak(day, "by a search", _SEARCH)
    return Leak(day, "nothing shows how", None)


def honest_referrer(rng: np.random.Generator) -> str | None:
    """Where a follower who types the code in came from, as far as the shop can see."""
    draw = rng.random()
    return _INSTAGRAM if draw < 0.35 else _SEARCH if draw < 0.5 else None
