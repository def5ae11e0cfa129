"""Google Analytics 4 Data API v1beta: sessions by day and utm parameters.

A page is one row of raw, because its rows are named by its own headers and because a day that was
asked for and has no row is an answer too. Days are the property's. The `sessionManual*` names are
what stood in the link; the others are overwritten by Google's own tags.
https://developers.google.com/analytics/devguides/reporting/data/v1
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ingest.answer import value_at
from ingest.errors import (
    Deferred,
    IncompletePage,
    IngestError,
    Throttled,
    Unauthorised,
)
from ingest.sources.google_tokens import TOKEN_URL, renewing
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
DIMENSIONS = (
    "date",
    "sessionManualSource",
    "sessionManualMedium",
    "sessionManualCampaignName",
    "sessionManualAdContent",
)
METRICS = ("sessions", "totalUsers", "engagedSessions", "ecommercePurchases", "purchaseRevenue")
_ROWS = 25_000
_MAX_PAGES = 400
_PACIFIC = ZoneInfo("America/Los_Angeles")
# A tenth of a standard property's tokens; the answer says what remains, not of how much.
_LEAST_A_DAY = {"tokensPerDay": 20_000}
_LEAST_AN_HOUR = {"tokensPerHour": 4_000, "tokensPerProjectPerHour": 1_400}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the sessions of the job's days, as many pages as `rowCount` says."""
    if "dated" not in job.kinds:
        return
    name = job.options["property"].removeprefix("properties/")
    days = {"startDate": job.since.isoformat(), "endDate": job.until.isoformat()}
    offset = 0
    for _ in range(_MAX_PAGES):
        question = {
            "dateRanges": [days],
            "dimensions": [{"name": dimension} for dimension in DIMENSIONS],
            "metrics": [{"name": metric} for metric in METRICS],
            # Without an order over all dimensions two pages may overlap.
            "orderBys": [{"dimension": {"dimensionName": d}} for d in DIMENSIONS],
            "limit": str(_ROWS),
            "offset": str(offset),
            "keepEmptyRows": False,
            "returnPropertyQuota": True,
        }
        page = client.post(
            f"/v1beta/properties/{quote(name, safe='')}:runReport",
            question,
            shape={"dimensionHeaders": list, "metricHeaders": list, "rows?": list},
        )
        context = {"property": name, "since": days["startDate"], "until": days["endDate"]}
        writer.write("sessions", page, context | {"offset": offset})
        found = len(page.json.get("rows", []))
        offset += found
        if offset >= _row_count(page):
            return
        if not found:
            raise IncompletePage(f"GA4 promised {_row_count(page)} rows and sent {offset}")
    raise IncompletePage(f"GA4 sent more than {_MAX_PAGES} pages")


def _row_count(page: Page) -> int:
    count = page.json.get("rowCount", 0)
    return int(count) if str(count).isdigit() else 0


def pace(page: Page) -> float:
    """Seconds until there are tokens again, when fewer than a tenth of them are left."""
    quota = page.json.get("propertyQuota") if isinstance(page.json, dict) else None
    if _is_low(quota, _LEAST_A_DAY):
        return _seconds_to_midnight(page.observed_at)
    return _seconds_to_next_hour(page.observed_at) if _is_low(quota, _LEAST_AN_HOUR) else 0.0


def _is_low(quota: Any, least: Mapping[str, int]) -> bool:
    remaining = [(value_at(quota, name, "remaining"), minimum) for name, minimum in least.items()]
    return any(isinstance(left, int) and left < minimum for left, minimum in remaining)


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for; a 429 names its quota only in its text."""
    error = page.json.get("error") if isinstance(page.json, dict) and page.status >= 400 else None
    if isinstance(error, str):  # the token endpoint answers {"error": "invalid_grant"}
        what = f"Google {error}: {page.json.get('error_description', '')}"
        return Unauthorised(f"{what} (connect again, or check client id and secret)")
    if not isinstance(error, dict):
        return None
    message = str(error.get("message", ""))
    what = f"GA4 {page.status} {error.get('status')}: {message}"
    if page.status == 429:
        return _quota_error(what, message.lower(), page.observed_at)
    if page.status == 403:
        details = error.get("details") or []
        reasons = [value_at(detail, "reason") for detail in details]
        if "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons:
            return Unauthorised(f"{what}; `sessions` needs the scope {SCOPE}")
        return Unauthorised(f"{what}; `sessions` needs a Viewer of the property")
    return None


def _quota_error(what: str, message: str, now: datetime) -> IngestError:
    if "day" in message:
        return Deferred(what, _seconds_to_midnight(now))
    if "hour" in message:
        return Throttled(what, _seconds_to_next_hour(now))
    return Throttled(what)


def _seconds_to_midnight(now: datetime) -> float:
    local = now.astimezone(_PACIFIC)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), _PACIFIC)
    return midnight.timestamp() - now.timestamp()


def _seconds_to_next_hour(now: datetime) -> float:
    return 3600 - now.timestamp() % 3600


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credentials['access_token']}"}


SOURCE = Source(
    name="ga4",
    streams=(Stream("sessions", "dated", ("$.dimensionHeaders", "$.metricHeaders")),),
    url="https://analyticsdata.googleapis.com",
    token_url=TOKEN_URL,
    needs=("property", "key_file"),
    instead={"key_file": ("token", "client_id", "client_secret")},
    schedule="30 3 * * *",
    reload_days=4,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    pace=pace,
    renew=renewing(SCOPE),
    rate=2.0,
    max_retries=2,  # ten server errors in an hour lock the project out
)
