"""Small brands whose engagement is known: what posts of each tier are expected to get.

A world is drawn from its seed alone. Influencers of two tiers have posts of several types on two
platforms; how much each one engages, and how lucky each post is, are lognormal. Engagements come
over weeks, at each post's own pace; every post is read on its eighth day and at the end. The tiers
mix types and platforms in different ways, so that a comparison which does not match them is wrong.
Truths per world: the ratio of micro to macro, what sponsored posts get against organic ones, and
each tier's expected rate by platform. What the deals cost and sell is in `sales.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from marts import Landed
from sales import TierSales
from sales import plan_rows as plan_of_sales
from worlds import MARGIN, order_row

FIRST = datetime(2026, 3, 1, 6, tzinfo=UTC)  # followers are observed, then posts come out
CAMPAIGN = FIRST + timedelta(days=80)
OBSERVED = FIRST + timedelta(days=150)  # every return window has passed
SIZES = {"micro": (10_000, 100_000), "macro": (100_000, 1_000_000)}
# Engagements by follower of a macro influencer's organic post; how often each tier posts a reel.
RATES = {("youtube", "video"): 0.02, ("instagram", "reel"): 0.05, ("instagram", "image"): 0.025}
REELS = {"micro": 0.4, "macro": 0.7}
ON_YOUTUBE = {"micro": 0.6, "macro": 0.4}


class Influencer(NamedTuple):
    """One account; `factor` is how much more than others of the tier it engages, 1 on average."""

    name: str
    tier: str
    platform: str
    followers: int
    factor: float


class Post(NamedTuple):
    """One post and its likes; comments and shares are 0."""

    post_id: str
    owner: Influencer
    post_type: str
    at: datetime
    is_sponsored: bool
    likes: int  # that it has got after two months
    pace: float  # days in which two thirds of them came

    def likes_at(self, at: datetime) -> int:
        """Its likes at an instant: most come at once, some for months, as in the sandbox."""
        days = (at - self.at).total_seconds() / 86_400
        return int(self.likes * _come(days, self.pace) / _come(60, self.pace))


def _come(days: float, pace: float) -> float:
    """How many have come by an age, by the sandbox's curve."""
    return 0.92 * (1.0 - math.exp(-days / pace)) + 0.016 * math.log1p(days)


@dataclass
class PostWorld:
    """One invented brand."""

    seed: int
    influencers: list[Influencer] = field(init=False)
    posts: list[Post] = field(init=False)

    def __post_init__(self) -> None:
        rng = self._rng = np.random.default_rng([self.seed, 17])
        self._paces = np.random.default_rng([self.seed, 18])
        self.ratio = float(rng.uniform(0.7, 1.8))
        self.effect = float(rng.uniform(0.6, 1.4))  # of being sponsored
        self.between, self.within = float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.3, 0.6))
        counts = {"micro": int(rng.integers(15, 61)), "macro": int(rng.integers(8, 25))}
        self.influencers = [
            self._influencer(tier, number) for tier in SIZES for number in range(counts[tier])
        ]
        self.posts = [post for person in self.influencers for post in self._posts_of(person)]
        self.sales = TierSales(self.seed, self.influencers, CAMPAIGN)

    def rate(self, tier: str, platform: str, post_type: str) -> float:
        """Engagements by follower that an organic post is expected to get."""
        return RATES[platform, post_type] * (self.ratio if tier == "micro" else 1.0)

    def sponsored_rate(self, tier: str, platform: str) -> float:
        """The truth of er_followers: over the types as the tier mixes them."""
        if platform == "youtube":
            rate = self.rate(tier, platform, "video")
        else:
            reels = REELS[tier]
            rate = reels * self.rate(tier, platform, "reel")
            rate += (1 - reels) * self.rate(tier, platform, "image")
        return rate * self.effect

    def roi_margin(self, tier: str, platform: str) -> float:
        """The truth of a tier's return, on one platform or on `all`."""
        on_youtube = ON_YOUTUBE[tier]
        shares = {"youtube": on_youtube, "instagram": 1 - on_youtube}
        return self.sales.roi_margin(
            tier, shares if platform == "all" else {platform: shares[platform]}
        )

    def _luck(self, spread: float) -> float:
        return float(self._rng.lognormal(-(spread**2) / 2, spread))

    def _influencer(self, tier: str, number: int) -> Influencer:
        low, high = SIZES[tier]
        followers = int(np.exp(self._rng.uniform(np.log(low * 1.02), np.log(high * 0.98))))
        is_youtube = self._rng.random() < ON_YOUTUBE[tier]
        if is_youtube:  # as the platform shows it: three digits
            unit = 10 ** (len(str(followers)) - 3)
            followers = followers // unit * unit
        platform = "youtube" if is_youtube else "instagram"
        return Influencer(
            f"{tier}{number:02d}", tier, platform, followers, self._luck(self.between)
        )

    def _posts_of(self, person: Influencer) -> list[Post]:
        rng = self._rng
        kinds = [False] * int(rng.integers(6, 15)) + [True] * int(rng.integers(1, 5))
        posts = []
        for number, is_sponsored in enumerate(kinds):
            first, days = (CAMPAIGN, 25) if is_sponsored else (FIRST + timedelta(days=1), 78)
            post_type = "video"
            if person.platform == "instagram":
                post_type = "reel" if rng.random() < REELS[person.tier] else "image"
            rate = self.rate(person.tier, person.platform, post_type) * person.factor
            rate *= self._luck(self.within) * (self.effect if is_sponsored else 1.0)
            posts.append(
                Post(
                    post_id=f"{person.name}-{number}",
                    owner=person,
                    post_type=post_type,
                    at=first + timedelta(days=float(rng.uniform(0, days))),
                    is_sponsored=is_sponsored,
                    likes=int(rng.poisson(rate * person.followers)),
                    pace=float(self._paces.uniform(0.9, 4.5)),
                )
            )
        return posts


def landed(world: PostWorld, until: datetime = OBSERVED) -> list[Landed]:
    """Everything as it is landed: the plan, followers every four weeks, readings of the posts.

    Posts are read for the last time at `until`; what follows from orders is complete only by
    OBSERVED.
    """
    of = {name: [p for p in world.influencers if p.platform == name] for name in ON_PLATFORMS}
    plan = [Landed("plan", stream, OBSERVED, rows) for stream, rows in _plan(world).items()]
    sales = Landed("shopify", "orders", OBSERVED, [order_row(o, {}) for o in world.sales.orders])
    looks: list[Landed] = []
    for weeks in range(0, 21, 4):
        at = FIRST + timedelta(weeks=weeks)
        looks += [
            Landed("youtube", "channels", at, [_channel(p) for p in of["youtube"]]),
            Landed(
                "instagram", "accounts", at,
                [{"id": p.name, "followers_count": p.followers} for p in of["instagram"]],
                [{"account_id": p.name} for p in of["instagram"]],
            ),
        ]  # fmt: skip
    nights: dict[datetime, list[Post]] = {until: [post for post in world.posts if post.at < until]}
    for post in world.posts:
        if (night := night_of_week(post)) < until:
            nights.setdefault(night, []).append(post)
    readings = [each for at, posts in nights.items() for each in _read(posts, at)]
    return [*plan, *looks, *readings, sales]


def night_of_week(post: Post) -> datetime:
    """The first night, at the hour of FIRST, on which the post is a week old."""
    days = (post.at + timedelta(days=7) - FIRST) / timedelta(days=1)
    return FIRST + timedelta(days=math.ceil(days))


def _read(posts: list[Post], at: datetime) -> list[Landed]:
    of = {name: [p for p in posts if p.owner.platform == name] for name in ON_PLATFORMS}
    accounts = [{"account_id": p.owner.name} for p in of["instagram"]]
    media = [{"account_id": p.owner.name, "media_id": p.post_id} for p in of["instagram"]]
    shares = [{"name": "shares", "values": [{"value": 0}]} for _ in media]
    return [
        Landed("youtube", "videos", at, [_video(p, at) for p in of["youtube"]]),
        Landed("instagram", "media", at, [_media(p, at) for p in of["instagram"]], accounts),
        Landed("instagram", "media_insights", at, shares, media),
    ]


ON_PLATFORMS = ("youtube", "instagram")


def _plan(world: PostWorld) -> dict[str, list[dict[str, Any]]]:
    starts, ends = CAMPAIGN.date().isoformat(), (CAMPAIGN + timedelta(days=30)).date().isoformat()
    people = world.influencers
    return {
        "brand": [
            {
                "name": "b", "reporting_currency": "EUR", "time_zone": "UTC",
                "contribution_margin": MARGIN, "return_window_days": 30, "track_posts_days": 90,
                "attribution": {"model": "last_touch", "lookback_days": 30},
                "tiers": {"nano": 0, "micro": 10_000, "macro": 100_000, "mega": 1_000_000},
            }
        ],
        "influencers": [{"influencer_id": p.name, "name": p.name} for p in people],
        "accounts": [
            {"owner_id": p.name, "platform": p.platform, "account_id": p.name, "handle": p.name,
             "is_authorised": True}
            for p in people
        ],
        "campaigns": [{"campaign_id": "c", "name": "c", "starts_on": starts, "ends_on": ends}],
        "collaborations": [
            {"collaboration_id": p.name, "campaign_id": "c", "influencer_id": p.name,
             "starts_on": starts, "ends_on": ends,
             "commission_rate": str(world.sales.rates[p.name])}
            for p in people
        ],
        "posts": [
            {"platform": p.owner.platform, "post_id": p.post_id, "collaboration_id": p.owner.name}
            for p in world.posts
            if p.is_sponsored
        ],
        **plan_of_sales(world.sales.fees, CAMPAIGN),
    }  # fmt: skip


def _channel(person: Influencer) -> dict[str, Any]:
    counts = {"subscriberCount": str(person.followers), "hiddenSubscriberCount": False}
    return {"id": person.name, "statistics": counts}


def _video(post: Post, at: datetime) -> dict[str, Any]:
    return {
        "id": post.post_id,
        "snippet": {
            "publishedAt": _text(post.at),
            "channelId": post.owner.name,
            "title": "a video",
        },
        "statistics": {"likeCount": str(post.likes_at(at)), "commentCount": "0"},
    }


def _media(post: Post, at: datetime) -> dict[str, Any]:
    is_reel = post.post_type == "reel"
    return {
        "id": post.post_id,
        "media_type": "VIDEO" if is_reel else "IMAGE",
        "media_product_type": "REELS" if is_reel else "FEED",
        "timestamp": _text(post.at),
        "like_count": post.likes_at(at),
        "comments_count": 0,
    }


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
