"""What Instagram's error codes and usage headers ask of us.

The HTTP status is 400 for nearly everything, so the code inside decides.
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from ingest.errors import (
    FetchFailed,
    IngestError,
    ItemRefused,
    PageTooLarge,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from ingest.page import Page

_LIMITS = {4, 17, 32, 613, 80002, 341, 368}
_TRANSIENT = {1, 2}
_USAGE = ("call_count", "total_cputime", "total_time")
# Percent of the allowance from which we slow down, and the pause when all of it is used.
_SLOW_FROM = 80.0
_LONGEST_PAUSE = 60.0


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for; None when it holds no error object."""
    error = page.json.get("error") if isinstance(page.json, dict) else None
    if not isinstance(error, dict):
        return None
    code, subcode = error.get("code"), error.get("error_subcode")
    message = str(error.get("message", ""))
    what = f"Instagram code {code}{f'/{subcode}' if subcode else ''}: {message}"
    if code in _LIMITS:
        return Throttled(what, _regain_seconds(page) or None)
    if code == 1 and "reduce the amount of data" in message:
        return PageTooLarge(what)
    if code in _TRANSIENT or error.get("is_transient") or page.status >= 500:
        return VendorUnavailable(what)
    if code == 190:
        return Unauthorised(f"{what} (a token of Facebook Login is needed, not of Instagram Login)")
    reason = _refusal(code, subcode, message)
    return ItemRefused(reason, what) if reason else FetchFailed(what)


def _refusal(code: Any, subcode: Any, message: str) -> str | None:
    if code == 110:  # a handle that nobody has, or that is private or not a professional's
        return "not_found"
    if code == 100:
        return {33: "not_found", 2108006: "predates_conversion"}.get(subcode, "metric_unsupported")
    if code == 10 and "not enough viewers" in message.lower():
        return "below_threshold"
    if code in {3, 10} or (isinstance(code, int) and 200 <= code <= 299):
        return "permission"
    return None


def pace(page: Page) -> float:
    """Seconds to pause: none below 80 % of the allowance, then longer and longer.

    Calls made while limited extend the limit, so we slow down before the vendor does.
    """
    used = max(
        (float(usage.get(name) or 0) for usage in _usages(page) for name in _USAGE), default=0.0
    )
    slow = max(0.0, used - _SLOW_FROM) / (100.0 - _SLOW_FROM) * _LONGEST_PAUSE
    return max(min(slow, _LONGEST_PAUSE), _regain_seconds(page))


def _regain_seconds(page: Page) -> float:
    minutes = [usage.get("estimated_time_to_regain_access") or 0 for usage in _usages(page)]
    return max((float(m) * 60 for m in minutes), default=0.0)


def _usages(page: Page) -> Iterator[dict[str, Any]]:
    """The usage objects of both headers: one is flat, the other keyed by account."""
    app = _parsed(page.headers.get("X-App-Usage"))
    if isinstance(app, dict):
        yield app
    business = _parsed(page.headers.get("X-Business-Use-Case-Usage"))
    if isinstance(business, dict):
        for usages in business.values():
            yield from (u for u in usages if isinstance(u, dict))


def _parsed(header: str | None) -> Any:
    if not header:
        return None
    try:
        return orjson.loads(header)
    except orjson.JSONDecodeError:
        return None
