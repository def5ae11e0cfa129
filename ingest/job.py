"""One fetch as the front door orders it: which accounts, which days, and what time it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

ALL_KINDS = frozenset({"counter", "dated", "entity"})


@dataclass(frozen=True)
class Account:
    """One handle on one platform; `account_id` is the vendor's own id."""

    platform: str
    account_id: str
    handle: str
    owner_id: str
    is_authorised: bool


@dataclass(frozen=True)
class Link:
    """One tracked link of the plan; `short_url` as the brand wrote it, with or without scheme."""

    link_id: str
    short_url: str


@dataclass(frozen=True)
class FetchJob:
    """What one fetch of one source covers.

    `since` and `until` are inclusive UTC days for dated facts and entity updates; `now` is an
    aware UTC instant, simulated or real; `accounts` are this platform's, valid at `now`; posts
    older than `track_posts_days` are no longer read; `options` are settings by name; `links` are
    the plan's short links that may still be clicked; `used` is what complete fetches spent of the
    vendor's quotas since these last started anew; `pending` are ids that an earlier fetch found
    unfinished, with the last day on which to ask for them again; `survey_metafield` is where the
    shop keeps a buyer's answer to its survey (namespace.key); `candidate_followers` is the size of
    accounts that the brand would work with, lower bound included, upper one not.
    """

    since: date
    until: date
    now: datetime
    accounts: tuple[Account, ...] = ()
    track_posts_days: int = 90
    kinds: frozenset[str] = ALL_KINDS
    options: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
    pending: Mapping[str, date] = field(default_factory=dict)
    survey_metafield: str | None = None
    candidate_followers: tuple[int, int] = (10_000, 100_000)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("FetchJob.now must be an aware instant")
        if self.since > self.until:
            raise ValueError(f"since {self.since} lies after until {self.until}")
        if unknown := self.kinds - ALL_KINDS:
            raise ValueError(f"unknown kinds: {', '.join(sorted(unknown))}")
