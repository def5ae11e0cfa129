"""What the YouTube Data API's refusals stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.answer import rows_at, value_at
from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)
from ingest.sources.youtube_quota import seconds_to_pacific_midnight

if TYPE_CHECKING:
    from ingest.page import Page

_DAILY_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_REFUSED = {
    "playlistNotFound": "not_found",
    "channelNotFound": "not_found",
    "videoNotFound": "not_found",
    "commentsDisabled": "hidden_by_owner",  # on purpose: there is nothing to mend
}
_BY_REASON: dict[str, type[FetchFailed]] = {
    "rateLimitExceeded": Throttled,
    "userRateLimitExceeded": Throttled,
    "backendError": VendorUnavailable,
    "SERVICE_UNAVAILABLE": VendorUnavailable,
    "keyExpired": Unauthorised,
    "authError": Unauthorised,
}
_ENABLE = "enable YouTube Data API v3 for the project and for the key"
_OF_THE_KEY = {
    "API_KEY_INVALID": "an API key is needed, not a token of OAuth",
    "keyInvalid": "an API key is needed, not a token of OAuth",
    "accessNotConfigured": _ENABLE,
    "SERVICE_DISABLED": _ENABLE,
    "API_KEY_SERVICE_BLOCKED": _ENABLE,
}


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for, by `errors[0].reason`; statuses alone mislead here."""
    error = page.json.get("error") if isinstance(page.json, dict) and page.status >= 400 else None
    if isinstance(error, str):  # the token endpoint answers {"error": "text"}
        return Unauthorised(f"YouTube: {error}") if page.status in {400, 401} else None
    if not isinstance(error, dict):
        return None
    listed = [item for item in rows_at(error, "errors") if isinstance(item, dict)]
    reason = str(listed[0].get("reason") if listed else error.get("status"))
    what = f"YouTube {page.status} {reason}: {error.get('message', '')}"
    if reason in _DAILY_QUOTA:
        return Deferred(what, seconds_to_pacific_midnight(page.observed_at))
    if reason in _REFUSED:
        return ItemRefused(_REFUSED[reason], what)
    told = [reason, *(value_at(detail, "reason") for detail in rows_at(error, "details"))]
    mend = next((_OF_THE_KEY[name] for name in _OF_THE_KEY if name in told), None)
    if mend:
        return Unauthorised(f"{what} ({mend})")
    kind = _BY_REASON.get(reason)
    return kind(what) if kind else None
