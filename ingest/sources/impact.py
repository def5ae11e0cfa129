"""impact.com (brand side) API v14: the actions that affiliates are paid for.

What changes an action moves its updated date, but an approval does not, and an action is final only
when it is locked. So two questions are asked: what was updated, and everything that locks from the
first wanted day on. https://integrations.impact.com/impact-brand/reference
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from ingest.errors import FetchFailed, IngestError, Throttled, Unauthorised, UnsafeUrl
from ingest.pagination import Cursor
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

_WINDOW_DAYS = 45
_YEARS_BACK_DAYS = 3 * 365 - 1
_LOCKS_WITHIN_DAYS = 120
_PAGE_SIZE = 10_000
_MAX_PAGES = 10  # what lies behind them is an error
_DAY = timedelta(days=1)


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the actions that were updated in the job's days and those not locked before them."""
    if "entity" not in job.kinds:
        return
    oldest = job.now.date() - timedelta(days=_YEARS_BACK_DAYS)
    since = min(max(job.since, oldest), job.until)
    open_until = job.until + timedelta(days=_LOCKS_WITHIN_DAYS)
    # A day earlier: what locked at that day's midnight was decided before it.
    locked_since = max(since - _DAY, oldest)
    for name, first, last in (
        ("", since, job.until),
        ("LockingDate", locked_since, open_until),
    ):
        for window in _windows(first, last):
            _fetch_window(client, job, writer, name, window)


def _windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(first + timedelta(days=_WINDOW_DAYS - 1), last)
        yield first, end
        first = end + _DAY


def _fetch_window(
    client: Client, job: FetchJob, writer: FetchWriter, name: str, window: tuple[date, date]
) -> None:
    """Land one window, in halves when it holds more than the vendor pages through."""
    first, last = window
    path = f"/Advertisers/{quote(job.options['account'], safe='')}/Actions"
    params = {
        "CampaignId": job.options["campaign"],
        f"{name}Start" if name else "StartDate": f"{first.isoformat()}T00:00:00Z",
        f"{name}End" if name else "EndDate": f"{last.isoformat()}T23:59:59Z",
        "PageSize": str(_PAGE_SIZE),
    }
    context = {"by": name or "Updated", "since": first.isoformat(), "until": last.isoformat()}
    cursor = Cursor(_MAX_PAGES + 1)
    while not cursor.is_finished:
        asked = _next_params(cursor.value, path) if cursor.value else params
        page = client.get(path, asked, shape={"@total?": (str, int)})
        if cursor.value is None and first < last and _number(page, "@numpages") > _MAX_PAGES:
            middle = first + (last - first) // 2
            _fetch_window(client, job, writer, name, (first, middle))
            _fetch_window(client, job, writer, name, (middle + _DAY, last))
            return
        if _holds_actions(page):
            writer.write("actions", page, context)
        cursor.advance(page.json.get("@nextpageuri"))


def _next_params(uri: str, path: str) -> dict[str, str]:
    """The question behind a host-relative address; the token goes nowhere else."""
    parts = urlsplit(uri)
    if parts.scheme or parts.netloc or parts.path.removesuffix(".json") != path:
        raise UnsafeUrl(f"impact.com's next page is not below {path}")
    return dict(parse_qsl(parts.query))


def _holds_actions(page: Page) -> bool:
    """Whether there is a list, or the one object that XML makes of a list of one."""
    actions = page.json.get("Actions")
    if isinstance(actions, list | dict):
        return True
    if _number(page, "@total") > 0:
        raise FetchFailed("impact.com counted actions and sent none")
    return False  # none, told as "", null or nothing


def _number(page: Page, key: str) -> int:
    text = str(page.json.get(key, "0"))
    return int(text) if text.isdigit() else 0


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for; the pause is in a header of their own."""
    if page.status < 400:
        return None
    body: Any = page.json if isinstance(page.json, dict) else {}
    what = f"impact.com {page.status}: {body.get('Message', '')} {body.get('Errors', '')}".rstrip()
    if page.status == 429:
        return Throttled(what, _seconds_to_reset(page))
    if page.status == 401:
        return Unauthorised(f"{what} (account SID and auth token do not fit)")
    if page.status == 403:
        return Unauthorised(f"{what}; `actions` needs a token with the scope Actions (read)")
    return FetchFailed(what) if page.status < 500 else None


def pace(page: Page) -> float:
    """Seconds until there are calls again, when none is left."""
    remaining = page.headers.get("X-RateLimit-Remaining", "")
    return (_seconds_to_reset(page) or 0.0) if remaining == "0" else 0.0


def _seconds_to_reset(page: Page) -> float | None:
    text = page.headers.get("X-RateLimit-Reset", "")
    return float(text) if text.isdigit() else None


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    pair = f"{credentials['account']}:{credentials['token']}".encode()
    return {
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "Accept": "application/json",
        "IR-Version": "14",
    }


SOURCE = Source(
    name="impact",
    streams=(
        Stream("actions", "entity", ("$.Id", "$.State"), "$.Actions", hashed=("$.CustomerId",)),
    ),
    url="https://api.impact.com",
    needs=("account", "token", "campaign"),
    schedule="0 4 * * *",
    reload_days=2,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    pace=pace,
    rate=5.0,
)
