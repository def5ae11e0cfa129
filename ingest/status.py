"""What an HTTP status and its headers say when the vendor's own words do not."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ingest.errors import (
    FetchFailed,
    IngestError,
    Throttled,
    TokenExpired,
    Unauthorised,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from ingest.page import Page


def retry_after(page: Page) -> float | None:
    """The pause the vendor states, in seconds; None when it states none that makes sense."""
    value = page.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value) or None
    try:
        until = parsedate_to_datetime(value)
        # Measured on the vendor's own clock, so that ours may be wrong.
        now = page.headers.get("Date")
        since = parsedate_to_datetime(now) if now else datetime.now(UTC)
        seconds = (until - since).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds > 0 else None


def by_status(page: Page) -> IngestError | None:
    """The error that the status means; None for success."""
    status = page.status
    if 200 <= status < 300:
        return None
    what = f"{page.request['path']} answered {status}: {page.text[:200]!r}"
    if status in {401, 403}:
        return TokenExpired(what) if status == 401 else Unauthorised(what)
    if status == 429:
        return Throttled(what)
    if status in {408, 425} or status >= 500:
        return VendorUnavailable(what)
    return FetchFailed(what)
