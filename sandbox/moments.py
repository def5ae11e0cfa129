"""Instants as whole UTC seconds, and the spellings of them that the vendors put on the wire.

Everything in the sandbox is a function of an instant, so instants are plain numbers: cheap to
compare, to index by and to draw at random.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HOUR = 3_600
DAY = 86_400
_EPOCH = date(1970, 1, 1)
_PACIFIC = ZoneInfo("America/Los_Angeles")


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_start(day: date) -> int:
    """The first second of a UTC day."""
    return day_number(day) * DAY


def day_of(instant: float) -> date:
    """The UTC day an instant falls in."""
    return _EPOCH + timedelta(days=int(instant // DAY))


@lru_cache(maxsize=4_096)
def parse_instant(text: str) -> int:
    """Seconds of an ISO instant (an offset may be missing: UTC) or of unix seconds as text.

    Raises ValueError for anything else.
    """
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


@lru_cache(maxsize=262_144)
def iso_z(instant: int) -> str:
    """`2026-11-01T20:37:49Z`: YouTube and Shopify."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=262_144)
def iso_offset(instant: int) -> str:
    """`2026-11-02T19:20:02+0000`, without a colon: Instagram."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@lru_cache(maxsize=16_384)
def pacific_day_end(number: int) -> int:
    """The exclusive end of day `number` at Instagram: the next midnight in Los Angeles."""
    next_day = _EPOCH + timedelta(days=number + 1)
    midnight = datetime(next_day.year, next_day.month, next_day.day, tzinfo=_PACIFIC)
    return int(midnight.timestamp())
