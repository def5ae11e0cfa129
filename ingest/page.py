"""One answer of a vendor, and how instants are written and read on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


def iso_instant(instant: datetime) -> str:
    """An aware instant as ISO text in UTC, ending in Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: Any) -> datetime | None:
    """A vendor's ISO text as an aware instant; None when it is not one."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: `body` as the vendor sent it (secrets masked), `json` when it is JSON.

    `observed_at` is the instant it was read; `request` is method, path and params, no secrets.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any
    observed_at: datetime
    request: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", errors="replace")
