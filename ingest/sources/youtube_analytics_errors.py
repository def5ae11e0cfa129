"""What the Analytics API's refusals stand for: some come with status 200, some with a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
    Throttled,
    TokenExpired,
    Unauthorised,
    VendorUnavailable,
)
from ingest.sources.youtube_quota import seconds_to_pacific_midnight

if TYPE_CHECKING:
    from ingest.page import Page

_BY_REASON: dict[str, type[FetchFailed]] = {
    "rateLimitExceeded": Throttled,
    "userRateLimitExceeded": Throttled,
    "backendError": VendorUnavailable,
    "authError": TokenExpired,
    "accessNotConfigured": Unauthorised,
    "SERVICE_DISABLED": Unauthorised,
}
_REFUSED = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "permission",
    "insufficientPermissions": "permission",
    "forbidden": "permission",
    "FORBIDDEN": "permission",
    "notFound": "not_found",
    "NOT_FOUND": "not_found",
    # Only documented combinations of metrics, dimensions and filters are answered.
    "badRequest": "metric_unsupported",
    "invalidParameter": "metric_unsupported",
    "BAD_REQUEST": "metric_unsupported",
}
_DAILY_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}


def classify(page: Page) -> IngestError | None:
    """The error an answer of the reports or of the token endpoint stands for; None for none."""
    if not isinstance(page.json, dict) or page.status < 400:
        return _in_the_body(page.json)
    error = page.json.get("error")
    if isinstance(error, str):
        return _of_the_token(error, str(page.json.get("error_description", "")))
    if not isinstance(error, dict):
        return None
    what = f"YouTube Analytics {page.status}: {error.get('message', '')}"
    listed = [*_dicts(error.get("details")), *_dicts(error.get("errors"))]
    known = (_of_reason(str(item.get("reason")), what, page) for item in listed)
    return next((found for found in known if found), None)


def _of_reason(reason: str, what: str, page: Page) -> IngestError | None:
    if reason in _DAILY_QUOTA:
        return Deferred(what, seconds_to_pacific_midnight(page.observed_at))
    if reason in _REFUSED:
        return ItemRefused(_REFUSED[reason], what)
    return _BY_REASON[reason](what) if reason in _BY_REASON else None


def _of_the_token(error: str, description: str) -> IngestError:
    what = f"Google {error}: {description}"
    # The owner took his consent back, or the app is in testing, where it ends after 7 days.
    if error == "invalid_grant":
        return ItemRefused("unauthorised", what)
    return Unauthorised(f"{what} (look at the client id and secret)")


def _in_the_body(body: Any) -> IngestError | None:
    """The refusal inside a body that came with status 200."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, dict):
        return None
    listed = _dicts(errors.get("error"))
    code = str(errors.get("code") or (listed[0].get("code") if listed else ""))
    text = listed[0].get("externalErrorMessage", "") if listed else ""
    what = f"YouTube Analytics refused inside a good answer: {code} {text}"
    if code in _REFUSED:
        return ItemRefused(_REFUSED[code], what)
    return VendorUnavailable(what)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
