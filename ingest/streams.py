"""What a source is and which streams it has: the vocabulary every other room reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ingest.auth import Renew
    from ingest.errors import IngestError
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

Kind = Literal["counter", "dated", "entity"]


@dataclass(frozen=True)
class Stream:
    """One kind of row of a source and where it stands in the vendor's pages.

    `key` are JSON paths that every row must have; `rows_at` is the path of the row list inside a
    page's body, `$` when the page itself is the one row; `row_pattern` is for text pages only: an
    RE2 pattern of which each whole match is a row; `hashed` are paths of customers' ids, replaced
    by a keyed hash when loaded into raw. `account_at` is the path of the account's id in a row,
    needed where the context has no `account_id`, nor `account_ids` by the row's own id.
    """

    name: str
    kind: Kind
    key: tuple[str, ...]
    rows_at: str | None = "$"
    row_pattern: str | None = None
    hashed: tuple[str, ...] = ()
    account_at: str = ""


def _no_headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {}


def _no_verdict(page: Page) -> IngestError | None:
    return None


def _no_pause(page: Page) -> float:
    return 0.0


@dataclass(frozen=True)
class Source:
    """A vendor: where it is, what it needs, and the function that fetches it.

    `url` is scheme and host, with `{name}` for a credential that is part of it; `needs` are
    credential names; `schedule` is a cron line in UTC; `reload_days` is how many days of dated
    facts are read again every night. `headers` turns credentials into request headers, `classify`
    turns an answer into the error it stands for, `pace` says how many seconds to pause after a
    good answer, `rate` is the most calls a second against the vendor's own host.

    `instead` names credentials that stand in for a missing one, such as a token for client id and
    secret; `options` are further settings that may be left out. `shares` is the source whose
    settings this one uses, `platform` the platform of its accounts; both are its own name unless
    told. `first_days` is how far back the first fetch looks. `renew` gets an `access_token` for the
    credentials, at `token_url` where that is another host; `has_token_by_account` says that every
    account has a token of its own. `is_always_new`: a second fetch on the same day is not a
    repetition. `max_wait` is the longest pause, in seconds, that is waited for in place when the
    vendor asks for it. `max_retries` is how often a failed call is repeated, fewer where the vendor
    counts its own failures against us. `quota_time_zone` is where it is midnight when the vendor's
    daily quotas start anew. `keep_days_unauthorised` is for how many days the vendor lets us store
    what belongs to accounts that did not authorise us; None where it sets no limit.
    """

    name: str
    streams: tuple[Stream, ...]
    url: str
    needs: tuple[str, ...]
    schedule: str
    reload_days: int
    fetch: Callable[[Client, FetchJob, FetchWriter], None]
    headers: Callable[[Mapping[str, str]], Mapping[str, str]] = _no_headers
    classify: Callable[[Page], IngestError | None] = _no_verdict
    pace: Callable[[Page], float] = _no_pause
    rate: float = 10.0
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    shares: str = ""
    platform: str = ""
    renew: Renew | None = None
    token_url: str = ""
    has_token_by_account: bool = False
    is_always_new: bool = False
    first_days: int = 60
    max_wait: float = 120.0
    max_retries: int = 5
    quota_time_zone: str = "UTC"
    keep_days_unauthorised: int | None = None

    @property
    def settings_name(self) -> str:
        """The source whose settings reach this vendor."""
        return self.shares or self.name

    @property
    def setting_names(self) -> tuple[str, ...]:
        """Every name its settings may have, beside the URL."""
        stand_ins = (name for names in self.instead.values() for name in names)
        return tuple(dict.fromkeys((*self.needs, *stand_ins, *self.options)))

    def stream(self, name: str) -> Stream:
        """The stream of that name; KeyError when the source has none."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(f"{self.name} has no stream {name}")
