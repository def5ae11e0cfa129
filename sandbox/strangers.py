"""Accounts that the plan does not know and that engage with the brand: candidates to work with.

They comment on the brand's posts and some of their own posts tag it. All is drawn from a seed of
its own, so the rest of the world does not know it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from sandbox.facts import BRAND, STRANGER, Account
from sandbox.growth import draw_path
from sandbox.moments import DAY, day_start
from sandbox.people import native_ids, numeric_ids
from sandbox.posts import WorldPost, draw_posts

TOPIC = "#skincare"  # what the brand's own posts are about
MENTION = "@lumen.skincare"
_OTHER_TOPICS = ("#travel", "#books", "#running", "#coffee")
_NAMES = ("Mara", "Ilse", "Pia", "Rosa", "Tova", "Wim", "Bela", "Kurt", "Olga", "Signe")
_COUNTRIES = ("DE", "AT", "FR", "US", "BR")
_OTHER_SEED = 1_000_003


@dataclass(frozen=True)
class Strangers:
    """The accounts, and their posts."""

    accounts: list[Account]
    posts: list[WorldPost]


def draw_strangers(seed: int, count: int, start: date, days: int) -> Strangers:
    """`count` accounts a platform: mostly micro, some smaller or larger, one of each hidden."""
    rng = np.random.default_rng([seed, 60])
    media_ids, channel_ids = numeric_ids(rng, count, "17841"), native_ids(rng, count, 22)
    accounts = []
    for platform in ("instagram", "youtube"):
        for index in range(count):
            name = f"{_NAMES[index % len(_NAMES)]} {index + 1}"
            handle = name.lower().replace(" ", ".own")
            is_instagram = platform == "instagram"
            size = int(np.exp(rng.uniform(np.log(4_000), np.log(220_000))))
            # An Instagram account that is private answers nobody, a channel may hide its size.
            is_hidden = index % 5 == 3
            accounts.append(
                Account(
                    platform=platform,
                    account_id=media_ids[index] if is_instagram else f"UC{channel_ids[index]}",
                    handle=handle if is_instagram else f"@{handle.replace('.', '')}",
                    title=name,
                    owner_id=STRANGER,
                    country=_COUNTRIES[index % len(_COUNTRIES)],
                    created=day_start(start) - int(rng.integers(400, 3_000)) * DAY,
                    growth=draw_path(
                        rng,
                        size,
                        0.001,
                        start=start,
                        days=days,
                        is_hidden=is_hidden and not is_instagram,
                    ),
                    is_authorised=False,
                    hides_followers=is_hidden and not is_instagram,
                    is_private=is_hidden and is_instagram,
                )
            )
    posts = draw_posts(seed + _OTHER_SEED, accounts, [], start, days)
    _give_topics(rng, accounts, posts)
    return Strangers(accounts, posts)


def give_topics(
    posts: list[WorldPost], accounts: Mapping[str, Account], pull: Mapping[str, float]
) -> None:
    """Let the brand write of its topic, and influencers the more the better they sell (`pull`).

    So what a back-test of the candidates' score must find is known.
    """
    for post in posts:
        owner = accounts[post.account_id].owner_id
        share = 1.0 if owner == BRAND else pull[owner] / (1.0 + pull[owner])
        if post.collaboration_id is None and zlib.crc32(post.post_id.encode()) < share * 2**32:
            post.text = f"{post.text} {TOPIC}"


def _give_topics(rng: np.random.Generator, accounts: list[Account], posts: list[WorldPost]) -> None:
    """Each writes of the brand's topic in a share of the posts, and at times of the brand."""
    shares = dict(zip((a.account_id for a in accounts), rng.random(len(accounts)), strict=True))
    others = {a.account_id: _OTHER_TOPICS[i % len(_OTHER_TOPICS)] for i, a in enumerate(accounts)}
    chance = rng.random((len(posts), 2)).tolist()
    for post, (about, tags) in zip(posts, chance, strict=True):
        share = shares[post.account_id]
        topic = TOPIC if about < share else others[post.account_id]
        post.text = f"{post.text} {topic}" + (f" {MENTION}" if tags < share / 6 else "")
