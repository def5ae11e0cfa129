"""What the plan and the vendors tell of invented audiences, as the wire would bring it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from audiences import BASES, READ_AT, START, Audience, Brand
from marts import Landed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Where the accounts of each basis are, by turns.
PLATFORMS = {
    "dated": ("youtube", "tiktok", "instagram"),  # YouTube Analytics, Business API, insights
    "counter": ("instagram", "tiktok"),  # profiles of accounts that let us in
    "rounded": ("youtube",),  # the Data API: three digits
}
_PROFILES = {"youtube": "channels", "instagram": "accounts", "tiktok": "accounts"}
# Platforms tell of a day when it is ready, some days later.
LATER = timedelta(days=3)


def platform(audience: Audience) -> str:
    """Where an account is."""
    names = PLATFORMS[audience.basis]
    return names[(audience.brand.seed + audience.number // len(BASES)) % len(names)]


def landed(brand: Brand, audiences: Sequence[Audience], sizes: Mapping[str, float]) -> list[Landed]:
    """The plan and all answers; `sizes` are what the last campaign wins by account, else 0."""
    known = [(audience, audience.added(sizes.get(audience.label, 0.0))) for audience in audiences]
    end = datetime.combine(_day(brand.days), time(), UTC) + READ_AT + LATER
    return [
        *(Landed("plan", name, end, rows) for name, rows in _plan(brand, audiences).items()),
        *(_days(brand, *one, end) for one in known if one[0].basis == "dated"),
        *_profiles([one for one in known if one[0].basis != "dated"]),
    ]


def _day(number: int) -> date:
    return START + timedelta(days=number)


def _plan(brand: Brand, audiences: Sequence[Audience]) -> dict[str, list[dict[str, Any]]]:
    return {
        "brand": [
            {"name": "b", "reporting_currency": "EUR", "time_zone": "UTC",
             "contribution_margin": "0.5", "return_window_days": 30, "track_posts_days": 90,
             "attribution": {"model": "last_touch", "lookback_days": 30}, "tiers": {"micro": 0}}
        ],
        "accounts": [
            {"owner_id": "brand", "platform": platform(one), "account_id": one.label,
             "handle": one.label, "is_authorised": True}
            for one in audiences
        ],
        "campaigns": [
            {"campaign_id": f"c{number}", "name": f"c{number}", "starts_on": str(_day(first)),
             "ends_on": str(_day(last))}
            for number, (first, last) in enumerate(brand.campaigns)
        ],
    }  # fmt: skip


def _days(brand: Brand, audience: Audience, added: NDArray[np.int64], at: datetime) -> Landed:
    """What a platform dates itself, all days in one answer."""
    gained, lost = audience.gained(added).tolist(), audience.lost.tolist()
    days = [str(_day(number)) for number in range(brand.days)]
    asked = {"account_id": audience.label, "since": days[0], "until": days[-1]}
    if platform(audience) == "youtube":
        names = ("day", "subscribersGained", "subscribersLost")
        report = {
            "columnHeaders": [{"name": name} for name in names],
            # days without activity are left out
            "rows": [list(row) for row in zip(days, gained, lost, strict=True) if any(row[1:])],
        }
        return Landed("youtube_analytics", "channel_days", at, [report], [asked])
    if platform(audience) == "instagram":
        asked_days = [asked | {"since": day, "until": day} for day in days]
        told = [_follows(*figures) for figures in zip(gained, lost, strict=True)]
        return Landed("instagram", "user_insights", at, told, asked_days)
    counts = audience.counts(added).tolist()
    rows = [
        {"date": day, "daily_total_followers": count, "daily_new_followers": new,
         "daily_lost_followers": gone}
        for day, count, new, gone in zip(days, counts, gained, lost, strict=True)
    ]  # fmt: skip
    return Landed("tiktok_business", "account_days", at, rows, [asked] * len(rows))


def _follows(gained: int, lost: int) -> dict[str, Any]:
    """A day's answer: a category without activity is missing, and `results` without any."""
    told = (("FOLLOWER", gained), ("NON_FOLLOWER", lost))
    results = [{"dimension_values": [name], "value": value} for name, value in told if value]
    breakdown = {"dimension_keys": ["follow_type"]} | ({"results": results} if results else {})
    return {"name": "follows_and_unfollows", "total_value": {"breakdowns": [breakdown]}}


def _profiles(known: Sequence[tuple[Audience, NDArray[np.int64]]]) -> Iterator[Landed]:
    """The count of every night on which somebody read it; a platform's accounts in one fetch."""
    nights: dict[tuple[str, datetime], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for audience, added in known:
        source = platform(audience)
        for at, count in audience.seen(added):
            nights[source, at].append((audience.label, _profile(source, audience.label, count)))
    for (source, at), answers in nights.items():
        contexts = [{"account_id": label} for label, _ in answers]
        yield Landed(source, _PROFILES[source], at, [row for _, row in answers], contexts)


def _profile(source: str, label: str, count: int) -> dict[str, Any]:
    if source == "instagram":
        return {"id": label, "username": label, "followers_count": count}
    if source == "tiktok":
        return {"display_name": label, "follower_count": count}
    shown = {"subscriberCount": str(_cut(count)), "hiddenSubscriberCount": False}
    return {"id": label, "statistics": shown}


def _cut(count: int) -> int:
    """As YouTube shows it: down to three digits."""
    unit: int = 10 ** max(len(str(count)) - 3, 0)
    return count // unit * unit
