"""What can go wrong while fetching; each leaf is named by what the caller should do.

IngestError
├── FetchFailed            this source stops; the other sources of the night go on
│   ├── Unauthorised       a human must mend a credential or a scope
│   │   └── TokenExpired   a new access token may help; the client gets one where it can
│   ├── VendorUnavailable  worth another try; raised when the tries are used up
│   │   ├── Throttled      the vendor asks for a pause
│   │   └── IncompletePage a page that cannot be proven whole is never landed
│   ├── Deferred           come back after `seconds`; nothing was kept
│   ├── PaginationLoop     the vendor's cursors do not end
│   └── UnsafeUrl          a host, scheme, address or redirect we refuse to talk to
├── PageTooLarge           ask again for fewer rows a page
└── ItemRefused            skip this account or post, recorded with a reason code
"""

from __future__ import annotations


class IngestError(Exception):
    """Anything ingest raises on purpose; its text never holds a secret.

    `in_short` says it to readers who know nothing of HTTP.
    """

    in_short = "not fetched"


class FetchFailed(IngestError):
    """This source cannot be fetched now; nothing of it becomes visible."""


class Unauthorised(FetchFailed):
    """The vendor does not accept the credential, or it lacks a scope."""

    in_short = "credential not accepted"


class TokenExpired(Unauthorised):
    """The access token is no longer accepted."""


class VendorUnavailable(FetchFailed):
    """The vendor failed in a way that may pass."""

    in_short = "vendor unavailable"


class Throttled(VendorUnavailable):
    """The vendor asks for a pause of `seconds`; None when it does not say how long."""

    in_short = "vendor's limit reached"

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class IncompletePage(VendorUnavailable):
    """A page is cut, empty, not JSON, or lacks what the vendor always sends."""

    in_short = "answers not whole"


class Deferred(FetchFailed):
    """The vendor wants us back only after `seconds`, too long to wait for in place."""

    in_short = "vendor's limit reached"

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class PaginationLoop(FetchFailed):
    """A cursor came back a second time, or the pages did not end."""

    in_short = "answers without end"


class UnsafeUrl(FetchFailed):
    """A URL, redirect or address outside what this source may talk to."""

    in_short = "unsafe address"


class PageTooLarge(IngestError):
    """The vendor wants fewer rows a page."""


class ItemRefused(IngestError):
    """The vendor refuses one account, post or metric.

    `reason` is one of permission, not_found, not_ready, metric_unsupported, below_threshold,
    predates_conversion, unauthorised, renamed, hidden_by_owner; fell_back says that a slower way
    was taken and nothing lost.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
