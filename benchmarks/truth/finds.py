"""Influencers before anybody worked with them, and what they truly returned afterwards.

How well each one sells is a trait of its own. In some worlds it shows beforehand: who sells well
also engages more, writes more of the brand's topic and talks to the brand more often, each of them
to some degree; in others it does not show at all. Everything is seen on YouTube on the night before
all deals begin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from marts import Landed
from sales import Shop, plan_rows
from worlds import MARGIN, Order, order_row

# How far each sign follows from how well one sells (a correlation).
SHOWS = {"nothing": 0.0, "a little": 0.3, "much": 0.6}
START = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = START - timedelta(hours=20)
OBSERVED = START + timedelta(days=90)  # every return window has passed
VIDEOS = 8


class Person(NamedTuple):
    """One channel: its engagements by follower, its share of videos on topic, days with us."""

    name: str
    followers: int
    rate: float
    topic: float
    days_with_us: int
    returned: float  # the margin expected for a euro of cost


@dataclass
class FindWorld:
    """One invented brand; `kind` says how far it shows beforehand who sells well."""

    kind: str
    seed: int
    people: list[Person] = field(init=False)
    fees: dict[str, float] = field(init=False)
    orders: list[Order] = field(init=False)

    def __post_init__(self) -> None:
        rng = self._rng = np.random.default_rng([self.seed, 19, list(SHOWS).index(self.kind)])
        self._usual = float(rng.uniform(0.6, 1.8))
        price = float(np.exp(rng.uniform(np.log(100), np.log(800))))
        self.people = [self._person(number) for number in range(int(rng.integers(25, 121)))]
        self.fees = {p.name: round(price * float(rng.lognormal(0, 0.5)), 2) for p in self.people}
        expected = {p.name: self.fees[p.name] * p.returned / MARGIN for p in self.people}
        self.orders = Shop(rng).orders(expected, START)

    def _person(self, number: int) -> Person:
        rng, shows = self._rng, SHOWS[self.kind]
        sells = float(rng.normal())
        rate, topic, with_us = shows * sells + np.sqrt(1 - shows**2) * rng.normal(size=3)
        followers = int(np.exp(rng.uniform(np.log(10_000), np.log(99_000))))
        return Person(
            name=f"i{number:03d}",
            followers=followers,
            rate=0.03 * float(np.exp(0.6 * rate)),
            topic=1 / (1 + float(np.exp(1 - topic))),
            days_with_us=int(rng.poisson(2 * np.exp(0.8 * with_us))),
            returned=self._usual * float(np.exp(0.5 * sells - 0.125)),
        )


def landed(world: FindWorld) -> list[Landed]:
    """The plan, what the night before saw, and the orders."""
    rng = np.random.default_rng([world.seed, 20])
    plan = [Landed("plan", stream, OBSERVED, rows) for stream, rows in _plan(world).items()]
    videos = [video for person in world.people for video in _videos(rng, person)]
    brand = _video("brand", 0, 40, 100, "our new #glow")
    comments = [comment for person in world.people for comment in _comments(rng, person)]
    channels = [
        {"id": p.name, "statistics": {"subscriberCount": str(p.followers)}} for p in world.people
    ]
    return [
        *plan,
        Landed("youtube", "channels", SEEN, channels),
        Landed("youtube", "videos", SEEN, [brand, *videos]),
        Landed("youtube", "comments", SEEN, comments),
        Landed("shopify", "orders", OBSERVED, [order_row(order, {}) for order in world.orders]),
    ]


def _plan(world: FindWorld) -> dict[str, list[dict[str, Any]]]:
    starts, ends = START.date().isoformat(), (START + timedelta(days=30)).date().isoformat()
    names = [person.name for person in world.people]
    return {
        "brand": [
            {
                "name": "b", "reporting_currency": "EUR", "time_zone": "UTC",
                "contribution_margin": MARGIN, "return_window_days": 30, "track_posts_days": 90,
                "attribution": {"model": "last_touch", "lookback_days": 30},
                "tiers": {"micro": 10_000},
            }
        ],
        "influencers": [{"influencer_id": name, "name": name} for name in names],
        "accounts": [
            {"owner_id": name, "platform": "youtube", "account_id": name, "handle": name,
             "is_authorised": False}
            for name in ["brand", *names]
        ],
        "campaigns": [{"campaign_id": "c", "name": "c", "starts_on": starts, "ends_on": ends}],
        "collaborations": [
            {"collaboration_id": name, "campaign_id": "c", "influencer_id": name,
             "starts_on": starts, "ends_on": ends, "commission_rate": "0"}
            for name in names
        ],
        **plan_rows(world.fees, START),
    }  # fmt: skip


def _videos(rng: np.random.Generator, person: Person) -> list[dict[str, Any]]:
    videos = []
    for number in range(VIDEOS):
        words = "a #glow video" if rng.random() < person.topic else "a video"
        likes = int(rng.poisson(person.rate * person.followers * rng.lognormal(-0.08, 0.4)))
        videos.append(_video(person.name, number, 5 + number, likes, words))
    return videos


def _video(channel: str, number: int, days_ago: int, likes: int, title: str) -> dict[str, Any]:
    return {
        "id": f"{channel}-{number}",
        "snippet": {
            "publishedAt": _text(SEEN - timedelta(days=days_ago)),
            "channelId": channel,
            "title": title,
        },
        "statistics": {"likeCount": str(likes), "commentCount": "0"},
    }


def _comments(rng: np.random.Generator, person: Person) -> list[dict[str, Any]]:
    """One on each of its days with the brand."""
    days = rng.choice(np.arange(1, 80), min(person.days_with_us, 79), replace=False)
    return [
        {
            "id": f"{person.name}-{day}",
            "snippet": {
                "channelId": "brand",
                "videoId": "brand-0",
                "topLevelComment": {
                    "snippet": {
                        "authorChannelId": {"value": person.name},
                        "authorDisplayName": person.name,
                        "publishedAt": _text(SEEN - timedelta(days=int(day))),
                    }
                },
            },
        }
        for day in days
    ]


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
