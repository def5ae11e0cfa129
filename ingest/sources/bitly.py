"""Bitly API v4: clicks by day of every short link of the plan.

One call a link, however long the window: calls are counted by the month. Whether `unit_reference`
is the last day of the answer or the day after it is not documented, so one unit more is asked for
and both readings hold the whole window. https://dev.bitly.com/api-reference
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
    Unauthorised,
    VendorUnavailable,
)
from ingest.page import Page
from ingest.parallel import answers
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob, Link
    from ingest.landing import FetchWriter

# The schema names the first, the wire carries the second.
_MONTHLY = {"MONTHLY_LIMIT_EXCEEDED", "API_USAGE_LIMIT_EXCEEDED"}
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([^/?#]+)([^?#]*)", re.IGNORECASE)
_REFUSED = {402: "permission", 403: "permission", 404: "not_found"}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the clicks of each link by UTC day; a link that is not ours to read is a problem."""
    if "dated" not in job.kinds:
        return
    # Today has only begun, and a reference that lies ahead may be refused.
    end = min(job.until + timedelta(days=1), job.now.date())
    params = {
        "unit": "day",
        "units": str(max((end - job.since).days, 0) + 1),
        "unit_reference": f"{end.isoformat()}T00:00:00+0000",
    }

    def clicks(link: Link) -> Page:
        path = f"/v4/bitlinks/{quote(bitlink(link.short_url), safe='/')}/clicks"
        return client.get(path, params, shape={"link_clicks": list})

    refusals: list[ItemRefused] = []
    for link, page in answers(clicks, job.links):
        context = {"link_id": link.link_id, "bitlink": bitlink(link.short_url)}
        if isinstance(page, ItemRefused):
            refusals.append(page)
            writer.problem("clicks", context, page.reason, page.detail)
        elif isinstance(page, Page):
            asked = {"since": job.since.isoformat(), "until": job.until.isoformat()}
            writer.write("clicks", page, context | asked)
    denied = [refusal for refusal in refusals if refusal.reason == "permission"]
    if denied and len(denied) == len(job.links):  # a token that is not accepted looks like this
        raise Unauthorised(f"every link is refused, so the token may be: {denied[0].detail}")


def bitlink(short_url: str) -> str:
    """`bit.ly/Abc` of an address: the domain has no case, what follows it has."""
    parts = _ADDRESS.match(short_url.strip())
    if parts is None:
        return short_url
    host, path = parts.groups()
    return f"{host.lower()}/{path.strip('/')}"


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for."""
    if 200 <= page.status < 300:
        # Asked again it would be csv again, at the cost of one more call of the month.
        kind = page.headers.get("Content-Type", "")
        return FetchFailed(f"Bitly answered {kind} instead of JSON") if "csv" in kind else None
    body = page.json if isinstance(page.json, dict) else {}
    message = str(body.get("message", ""))
    what = f"Bitly {page.status} {message}: {body.get('description', '')}"
    if page.status == 429 and message in _MONTHLY:
        return Deferred(what, _seconds_to_next_month(page.observed_at))
    if page.status in _REFUSED:
        return ItemRefused(_REFUSED[page.status], what)
    if page.status == 401:
        return Unauthorised(f"{what} (make a new access token)")
    return VendorUnavailable(what) if page.status >= 500 else None


def _seconds_to_next_month(now: datetime) -> float:
    later = now.astimezone(UTC).replace(day=1) + timedelta(days=32)
    first = datetime(later.year, later.month, 1, tzinfo=UTC)
    return (first - now).total_seconds()


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credentials['token']}", "Accept": "application/json"}


SOURCE = Source(
    name="bitly",
    streams=(Stream("clicks", "dated", ("$.date", "$.clicks"), "$.link_clicks"),),
    url="https://api-ssl.bitly.com",
    needs=("token",),
    schedule="45 3 * * *",
    reload_days=3,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    rate=2.0,
)
