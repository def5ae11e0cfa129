"""TikTok in the generated world: a further account of some influencers, the brand's, their videos.

Everything is drawn from streams of its own (30 to 32), so the rest of the world does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sandbox.facts import BRAND, NEVER, Account, Counters
from sandbox.growth import LEAD_DAYS, draw_path
from sandbox.moments import DAY, HOUR, day_number, day_start
from sandbox.people import native_ids
from sandbox.posts import WorldPost

if TYPE_CHECKING:
    from sandbox.deals import Collaboration
    from sandbox.people import Influencer

_SUBJECTS = (
    "get ready with me", "one minute routine", "wait for the end", "i tried it for a week",
    "what nobody tells you", "rating my shelf", "shower to bed", "part two", "stitch this",
)  # fmt: skip


@dataclass(slots=True)
class TikTokPost(WorldPost):
    """A video that its owner made private from `hidden_from` until `hidden_until`."""

    hidden_from: int = NEVER
    hidden_until: int = NEVER

    def counters(self, at: int) -> Counters | None:
        if self.hidden_from <= at < self.hidden_until:
            return None
        return WorldPost.counters(self, at)


@dataclass(frozen=True)
class TikTokHalf:
    """What the world gains; `caused` are the followers that each lift brought the brand."""

    accounts: list[Account]
    posts: list[WorldPost]
    caused: list[int]


def draw_tiktok(
    seed: int,
    influencers: list[Influencer],
    collaborations: list[Collaboration],
    lifts: list[tuple[date, date, float]],
    *,
    start: date,
    days: int,
) -> TikTokHalf:
    """The accounts of every fourth influencer and of the brand, and about a video a week each.

    `lifts` are as for the brand's other accounts.
    """
    owners = influencers[1::4]
    brand, caused = _brand_account(seed, lifts, start, days)
    accounts = [brand, *_accounts(seed, owners, start, days)]
    return TikTokHalf(accounts, _posts(seed, accounts, collaborations, start, days), caused)


def _accounts(seed: int, owners: list[Influencer], start: date, days: int) -> list[Account]:
    rng = np.random.default_rng([seed, 30])
    return [
        Account(
            platform="tiktok",
            account_id=f"_000{native_ids(rng, 1, 32)[0]}",
            handle=owner.name.lower().replace(" ", "_") + owner.influencer_id[-4:],
            title=owner.name,
            owner_id=owner.influencer_id,
            country=owner.country,
            created=day_start(start) - int(rng.integers(200, 1_500)) * DAY,
            # Smaller than the main account, so that nobody changes tier.
            growth=draw_path(
                rng, int(owner.followers * rng.uniform(0.2, 0.7)), 0.0012, start=start, days=days
            ),
        )
        for owner in owners
    ]


def _brand_account(
    seed: int, lifts: list[tuple[date, date, float]], start: date, days: int
) -> tuple[Account, list[int]]:
    rng = np.random.default_rng([seed, 31])
    account_id = f"_000{native_ids(rng, 1, 32)[0]}"
    growth = draw_path(rng, 9_000, 0.002, start=start, days=days)
    usual, extra, caused = float(growth.gained.mean()), np.zeros_like(growth.gained), []
    for first, last, share in lifts:
        begin = day_number(first) - growth.first_day
        end = min(day_number(last) - growth.first_day + 1, len(extra))
        followers = rng.poisson(usual * share, max(end - begin, 0))
        extra[begin:end] += followers
        caused.append(int(followers.sum()))
    account = Account(
        platform="tiktok",
        account_id=account_id,
        handle="lumenskincare",
        title="Lumen Skincare",
        owner_id=BRAND,
        country="DE",
        created=day_start(start) - 700 * DAY,
        growth=growth.with_extra(extra),
    )
    return account, caused


def _posts(
    seed: int,
    accounts: list[Account],
    collaborations: list[Collaboration],
    start: date,
    days: int,
) -> list[WorldPost]:
    rng = np.random.default_rng([seed, 32])
    opening, closing = day_start(start) - LEAD_DAYS * DAY, day_start(start) + days * DAY
    planned: dict[tuple[int, int], Collaboration | None] = {}
    counts = rng.poisson((closing - opening) / (7 * DAY) * 0.85, len(accounts)).tolist()
    by_owner = {account.owner_id: index for index, account in enumerate(accounts)}
    for index, count in enumerate(counts):
        # Keyed by the second: a list that is paged by time cannot hold two posts of one instant.
        planned |= {(at, index): None for at in rng.integers(opening, closing, count).tolist()}
    for deal in collaborations:
        if deal.influencer_id in by_owner:
            first, last = day_start(deal.starts_on) + 9 * HOUR, day_start(deal.ends_on)
            at = int(rng.integers(first, max(last, first + DAY)))
            planned[at, by_owner[deal.influencer_id]] = deal
    return [
        _post(rng, number, accounts[index], at, deal)
        for number, ((at, index), deal) in enumerate(
            sorted(planned.items(), key=lambda item: item[0])
        )
    ]


def _post(
    rng: np.random.Generator, number: int, account: Account, at: int, deal: Collaboration | None
) -> TikTokPost:
    size = max(account.growth.followers(at) or 0, 500)
    text = _SUBJECTS[int(rng.integers(len(_SUBJECTS)))]
    if deal is not None:
        caption = deal.caption if "#" in deal.caption else f"{deal.hashtags[0]} #ad"
        text = f"{text} {caption}"
    small = (size / 30_000) ** -0.09
    # Counted, not drawn: every world of some size has one of each special case.
    is_deleted, is_hidden = number % 23 == 2, number % 23 == 7
    fate = at + int(rng.integers(4, 20)) * DAY
    return TikTokPost(
        post_id=f"7{int(rng.integers(10**17, 10**18))}",
        account_id=account.account_id,
        kind="VIDEO",
        text=text,
        published=at,
        views_final=size * float(rng.lognormal(0.0, 0.7)) * small * 0.8,
        pace=float(rng.uniform(0.6, 3.5)),
        like_rate=0.06 * float(rng.lognormal(0.0, 0.3)) * small,
        comment_rate=0.003 * float(rng.lognormal(0.0, 0.5)) * small,
        correction_at=int(rng.integers(2, 40)) * DAY if rng.random() < 0.05 else NEVER,
        views_taken=0.03,
        likes_taken=0.02,
        deleted_at=fate if is_deleted else NEVER,
        length_seconds=int(rng.integers(8, 180)),
        collaboration_id=deal.collaboration_id if deal else None,
        hidden_from=fate if is_hidden else NEVER,
        hidden_until=fate + 6 * DAY if is_hidden else NEVER,
    )
