"""The generated world's stories: each lives for 24 hours, and nobody can read it afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sandbox.facts import StoryCounters
from sandbox.growth import LEAD_DAYS
from sandbox.moments import DAY, HOUR, day_start
from sandbox.people import numeric_ids

if TYPE_CHECKING:
    from datetime import date

    from sandbox.facts import Account

_PER_DAY = 0.6
_PACE = 7.0 * HOUR


@dataclass(slots=True)
class WorldStory:
    """One story; `views_final` is what it would have when its day is over."""

    story_id: str
    account_id: str
    kind: str
    published: int
    views_final: float
    reply_rate: float

    def counters(self, at: int) -> StoryCounters | None:
        age = at - self.published
        if not 0 <= age < DAY:
            return None
        views = self.views_final * (1.0 - math.exp(-age / _PACE))
        reach = int(views * 0.9)
        return StoryCounters(
            int(views), reach, int(reach * self.reply_rate), int(reach * self.reply_rate * 0.6)
        )


def draw_stories(seed: int, accounts: list[Account], start: date, days: int) -> list[WorldStory]:
    """The stories of the Instagram accounts, oldest first; some have hardly a viewer."""
    rng = np.random.default_rng([seed, 20])
    shown = [account for account in accounts if account.platform == "instagram"]
    opening, closing = day_start(start) - LEAD_DAYS * DAY, day_start(start) + days * DAY
    counts = rng.poisson((closing - opening) / DAY * _PER_DAY, len(shown)).tolist()
    total = sum(counts)
    owners = [account for account, count in zip(shown, counts, strict=True) for _ in range(count)]
    moments = rng.integers(opening, closing, total).tolist()
    ids = numeric_ids(rng, total, "18")
    spread = rng.lognormal(0.0, 0.5, total).tolist()
    chance = rng.random((total, 3)).tolist()
    stories = []
    for account, published, story_id, factor, (lonely, image, reply) in zip(
        owners, moments, ids, spread, chance, strict=True
    ):
        size = max(account.growth.followers(published) or 0, 500)
        stories.append(
            WorldStory(
                story_id=story_id,
                account_id=account.account_id,
                kind="IMAGE" if image < 0.6 else "VIDEO",
                published=published,
                views_final=4.0 if lonely < 0.04 else size * 0.06 * factor,
                reply_rate=0.002 + 0.01 * reply,
            )
        )
    return sorted(stories, key=lambda story: (story.published, story.story_id))
