"""The generated world's posts: when they appear and how their counters run.

A counter is a closed form of the post's age, so any instant can be asked in any order: it rises
towards a final value, and for some posts falls once when the platform takes views or likes back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sandbox.facts import NEVER, Account, Counters
from sandbox.growth import LEAD_DAYS
from sandbox.moments import DAY, HOUR, day_start
from sandbox.people import native_ids, numeric_ids

if TYPE_CHECKING:
    from sandbox.deals import Collaboration

_INSTAGRAM_KINDS = ("REELS", "IMAGE", "CAROUSEL", "FEED_VIDEO")
_INSTAGRAM_SHARES = (0.50, 0.26, 0.20, 0.04)
_YOUTUBE_KINDS = ("VIDEO", "SHORT")
_YOUTUBE_SHARES = (0.75, 0.25)
_SUBJECTS = (
    "morning routine", "my week in Lisbon", "five minute breakfast", "what I pack", "studio tour",
    "winter skin", "questions answered", "first run of the year", "market finds", "slow sunday",
)  # fmt: skip


@dataclass(slots=True)
class WorldPost:
    """One post; `views_final` and the rates fix its curves for ever."""

    post_id: str
    account_id: str
    kind: str
    text: str
    published: int
    views_final: float
    pace: float
    like_rate: float
    comment_rate: float
    correction_at: int
    views_taken: float
    likes_taken: float
    deleted_at: int = NEVER
    hides_likes: bool = False
    hides_comments: bool = False
    has_paid_placement: bool = False
    length_seconds: int = 0
    collaboration_id: str | None = None

    @property
    def title(self) -> str:
        return self.text.partition(" #")[0]

    @property
    def listed_from(self) -> int:
        return self.published

    def counters(self, at: int) -> Counters | None:
        age = at - self.published
        if age < 0 or at >= self.deleted_at:
            return None
        days = age / DAY
        views = self.views_final * (
            0.92 * (1.0 - math.exp(-days / self.pace)) + 0.016 * math.log1p(days)
        )
        likes, comments = views * self.like_rate, views * self.comment_rate
        if age >= self.correction_at:
            views *= 1.0 - self.views_taken
            likes *= 1.0 - self.likes_taken
        whole = int(views)
        return Counters(
            views=whole,
            likes=int(likes),
            comments=None if self.hides_comments else int(comments),
            reach=int(views * 0.78),
            saves=int(likes * 0.11),
            shares=int(likes * 0.07),
        )


def draw_posts(
    seed: int,
    accounts: list[Account],
    collaborations: list[Collaboration],
    start: date,
    days: int,
) -> list[WorldPost]:
    """About one post a week and account, and one to three sponsored ones a collaboration."""
    rng = np.random.default_rng([seed, 5])
    opening, closing = day_start(start) - LEAD_DAYS * DAY, day_start(start) + days * DAY
    planned: list[tuple[int, int, Collaboration | None]] = []
    counts = rng.poisson((closing - opening) / (7 * DAY) * 0.85, len(accounts))
    of_owner: dict[str, list[int]] = {}
    for index, (account, count) in enumerate(zip(accounts, counts.tolist(), strict=True)):
        of_owner.setdefault(account.owner_id, []).append(index)
        planned += [(at, index, None) for at in rng.integers(opening, closing, count).tolist()]
    for deal in collaborations:
        first, last = day_start(deal.starts_on) + 9 * HOUR, day_start(deal.ends_on)
        for at in rng.integers(first, max(last, first + DAY), deal.posts).tolist():
            own = of_owner[deal.influencer_id]
            planned.append((int(at), own[int(rng.integers(len(own)))], deal))
    planned.sort(key=lambda plan: (plan[0], plan[1]))
    return _make(rng, accounts, planned)


def _make(
    rng: np.random.Generator,
    accounts: list[Account],
    planned: list[tuple[int, int, Collaboration | None]],
) -> list[WorldPost]:
    count = len(planned)
    chance = rng.random((count, 6)).tolist()
    youtube_ids, media_ids = native_ids(rng, count, 11), numeric_ids(rng, count, "17")
    instagram_kinds = rng.choice(_INSTAGRAM_KINDS, count, p=_INSTAGRAM_SHARES).tolist()
    youtube_kinds = rng.choice(_YOUTUBE_KINDS, count, p=_YOUTUBE_SHARES).tolist()
    spread = rng.lognormal(0.0, 0.55, count).tolist()
    pace = rng.uniform(0.9, 4.5, count).tolist()
    likes = rng.lognormal(0.0, 0.3, count).tolist()
    comments = rng.lognormal(0.0, 0.5, count).tolist()
    moments = rng.integers(2 * DAY, 40 * DAY, (count, 2)).tolist()
    seconds = rng.integers(20, 1_500, count).tolist()
    subjects = rng.integers(0, len(_SUBJECTS), count).tolist()
    posts = []
    for i, (published, index, deal) in enumerate(planned):
        account = accounts[index]
        is_youtube = account.platform == "youtube"
        # A channel that hides its followers has them all the same.
        size = max(account.growth.followers(published) or 8_000, 500)
        small = (size / 30_000) ** -0.09
        corrected, deleted, hidden, quiet, disclosed, taken = chance[i]
        text = _SUBJECTS[subjects[i]].capitalize()
        if deal is not None:
            text = f"{text} {deal.caption}".rstrip()
        posts.append(
            WorldPost(
                post_id=youtube_ids[i] if is_youtube else media_ids[i],
                account_id=account.account_id,
                kind=youtube_kinds[i] if is_youtube else instagram_kinds[i],
                text=text,
                published=published,
                views_final=size * spread[i] * small * (0.34 if is_youtube else 0.55),
                pace=pace[i],
                like_rate=0.045 * likes[i] * small,
                comment_rate=0.0038 * comments[i] * small,
                correction_at=moments[i][0] if corrected < 0.06 else NEVER,
                views_taken=0.08 * taken if corrected < 0.03 else 0.0,
                likes_taken=0.05 * taken,
                deleted_at=published + moments[i][1] if deleted < 0.015 else NEVER,
                hides_likes=hidden < 0.04,
                hides_comments=is_youtube and quiet < 0.03,
                has_paid_placement=deal is not None and disclosed < 0.85,
                length_seconds=seconds[i],
                collaboration_id=deal.collaboration_id if deal else None,
            )
        )
    return posts
