"""Who is in the generated world: influencers, their accounts, the brand's own, and followers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sandbox.facts import BRAND, NEVER, Account
from sandbox.growth import draw_path
from sandbox.moments import DAY, day_number, day_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIRST = (
    "Ana", "Mila", "Lea", "Noor", "Ida", "Juno", "Vera", "Tess", "Elin", "Maja", "Suri", "Kaya",
    "Rhea", "Lin", "Zoe", "Nia", "Iris", "Oda", "Yuna", "Cleo", "Finn", "Jari", "Luca", "Emil",
    "Nils", "Theo", "Ravi", "Omar", "Kian", "Joel", "Sven", "Milo", "Aron", "Timo", "Dario", "Enzo",
    "Paul", "Ezra", "Hugo", "Iven",
)  # fmt: skip
_LAST = (
    "Brook", "Linden", "Hale", "Sommer", "Ferro", "Quist", "Varga", "Moreau", "Okada", "Ruiz",
    "Falk", "Petrel", "Winter", "Castell", "Nouri", "Dahl", "Rosso", "Kestrel", "Anders", "Vale",
    "Marin", "Thorn", "Silva", "Keller", "Lund", "Novak", "Garde", "Ito", "Weiss", "Storm",
)  # fmt: skip
_COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "GB", "US", "ES", "IT", "SE")
_CATEGORIES = ("skincare", "beauty", "lifestyle", "fitness", "food", "family", "fashion", "travel")
_TIERS = ((1_500, 10_000), (10_000, 100_000), (100_000, 1_000_000), (1_000_000, 4_000_000))
_TIER_SHARES = (0.10, 0.74, 0.13, 0.03)
_ALPHABET = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))


@dataclass(frozen=True)
class Influencer:
    """A person; `followers` is the size on the world's first day, `pull` how well he sells."""

    influencer_id: str
    name: str
    country: str
    category: str
    followers: int
    pull: float
    platforms: tuple[str, ...]


def native_ids(rng: np.random.Generator, count: int, length: int) -> list[str]:
    """Ids as YouTube makes them: letters, digits, - and _."""
    letters = _ALPHABET[rng.integers(0, len(_ALPHABET), (count, length))]
    return ["".join(row) for row in letters.tolist()]


def numeric_ids(rng: np.random.Generator, count: int, prefix: str) -> list[str]:
    """Ids as Instagram makes them: 17 digits, beyond what a float can hold."""
    tail = 17 - len(prefix)
    numbers = rng.choice(10 ** min(tail, 9), count, replace=False)
    filler = "0" * (tail - min(tail, 9))
    return [f"{prefix}{filler}{number:0{min(tail, 9)}d}" for number in numbers.tolist()]


def draw_influencers(seed: int, count: int) -> list[Influencer]:
    """`count` influencers, mostly micro; with at least eight of them every tier is present."""
    rng = np.random.default_rng([seed, 1])
    tiers = rng.choice(len(_TIERS), count, p=_TIER_SHARES)
    if count >= 2 * len(_TIERS):
        tiers[: len(_TIERS)] = range(len(_TIERS))
    influencers = []
    for index, tier in enumerate(tiers.tolist()):
        low, high = _TIERS[tier]
        followers = int(np.exp(rng.uniform(np.log(low * 1.05), np.log(high * 0.9))))
        main = "instagram" if rng.random() < 0.45 else "youtube"
        platforms = ("instagram", "youtube") if rng.random() < 0.06 else (main,)
        first, last = _FIRST[int(rng.integers(len(_FIRST)))], _LAST[int(rng.integers(len(_LAST)))]
        influencers.append(
            Influencer(
                influencer_id=f"inf_{index + 1:04d}",
                name=f"{first} {last}",
                country=str(rng.choice(_COUNTRIES, p=_head_heavy(len(_COUNTRIES)))),
                category=str(rng.choice(_CATEGORIES, p=_head_heavy(len(_CATEGORIES)))),
                followers=followers,
                pull=float(rng.lognormal(0.0, 0.6)),
                platforms=platforms,
            )
        )
    return influencers


def draw_accounts(
    seed: int, influencers: list[Influencer], start: date, days: int
) -> list[Account]:
    """Every influencer's accounts, without posts yet."""
    rng = np.random.default_rng([seed, 2])
    total = sum(len(influencer.platforms) for influencer in influencers)
    channel_ids = iter(native_ids(rng, total, 22))
    instagram_ids = iter(numeric_ids(rng, total, "17841"))
    accounts: list[Account] = []
    for influencer in influencers:
        for platform in influencer.platforms:
            is_instagram = platform == "instagram"
            share = 1.0 if platform == influencer.platforms[0] else rng.uniform(0.2, 0.6)
            # Counted, not drawn: every world of some size has one of each special case.
            count = sum(account.platform == platform for account in accounts)
            is_converted = is_instagram and count % 10 == 3
            handle = influencer.name.lower().replace(" ", ".") + influencer.influencer_id[-4:]
            is_hidden = not is_instagram and count % 20 == 4
            accounts.append(
                Account(
                    platform=platform,
                    account_id=next(instagram_ids) if is_instagram else f"UC{next(channel_ids)}",
                    handle=handle if is_instagram else f"@{handle.replace('.', '')}",
                    title=influencer.name,
                    owner_id=influencer.influencer_id,
                    country=influencer.country,
                    created=day_start(start) - int(rng.integers(400, 3_000)) * DAY,
                    growth=draw_path(
                        rng,
                        int(influencer.followers * share),
                        0.0008,
                        start=start,
                        days=days,
                        is_hidden=is_hidden,
                    ),
                    is_authorised=not is_instagram or count % 25 != 8,
                    hides_followers=is_hidden,
                    converted_at=day_start(start) - 30 * DAY if is_converted else 0,
                    renamed_at=day_start(start) + 60 * DAY
                    if is_instagram and count % 25 == 14
                    else NEVER,
                    later_handle=f"{handle}.daily",
                    is_private=is_instagram and count % 50 == 33,
                )
            )
    return accounts


def draw_brand_accounts(
    seed: int, start: date, days: int, lifts: list[tuple[date, date, float]]
) -> tuple[list[Account], list[NDArray[np.int64]]]:
    """The brand's two accounts, and per lift the followers each account gained through it.

    `lifts` are (first day, last day, share of the usual daily gain that comes on top).
    """
    rng = np.random.default_rng([seed, 3])
    channel = native_ids(rng, 1, 22)[0]
    made = (
        ("instagram", numeric_ids(rng, 1, "17841")[0], "lumen.skincare", 48_000),
        ("youtube", f"UC{channel}", "@lumenskincare", 12_500),
    )
    accounts: list[Account] = []
    caused = [np.zeros(len(made), dtype=np.int64) for _ in lifts]
    for index, (platform, account_id, handle, opening) in enumerate(made):
        growth = draw_path(rng, opening, 0.0018, start=start, days=days)
        usual = float(growth.gained.mean())
        extra = np.zeros_like(growth.gained)
        for number, (first, last, share) in enumerate(lifts):
            begin = day_number(first) - growth.first_day
            end = min(day_number(last) - growth.first_day + 1, len(extra))
            followers = rng.poisson(usual * share, max(end - begin, 0))
            extra[begin:end] += followers
            caused[number][index] = int(followers.sum())
        accounts.append(
            Account(
                platform=platform,
                account_id=account_id,
                handle=handle,
                title="Lumen Skincare",
                owner_id=BRAND,
                country="DE",
                created=day_start(start) - 1_500 * DAY,
                growth=growth.with_extra(extra),
            )
        )
    return accounts, caused


def _head_heavy(count: int) -> NDArray[np.float64]:
    weights = 1.0 / (np.arange(count) + 1.5)
    return np.asarray(weights / weights.sum())
