"""YouTube's two ways to refuse a call that is one too many; both are 403.

`quotaExceeded` means nothing more until midnight in California, `rateLimitExceeded` means slower.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.wire import Answer, json_answer

_PACIFIC = ZoneInfo("America/Los_Angeles")
_STATS = "videos:batchGetStats"


class YouTubeLimits(NamedTuple):
    """None is no limit: a rehearsal collects many nights at once, a real project only one.

    `units` and `stats_calls` are for a Pacific day of the clock that is asked for,
    `calls_a_second` is of real time.
    """

    units: int | None = None
    stats_calls: int | None = None
    calls_a_second: int | None = None


class Limiter:
    """Counts the calls and refuses those beyond the limits."""

    def __init__(self, limits: YouTubeLimits) -> None:
        self._limits = limits
        self._spent: Counter[tuple[str, object]] = Counter()
        self._recent: deque[float] = deque()

    def refusal(self, resource: str, at: int) -> Answer | None:
        """What a call that is one too many is told; None, and it is counted, when it is not."""
        if self._is_too_fast():
            message = (
                "The request cannot be completed because of too many requests in a short time."
            )
            return _forbidden("rateLimitExceeded", message, "usageLimits", {})
        bucket = "stats" if resource == _STATS else "units"
        limit = self._limits.stats_calls if resource == _STATS else self._limits.units
        if limit is None:
            return None
        key = bucket, datetime.fromtimestamp(at, UTC).astimezone(_PACIFIC).date()
        if self._spent[key] >= limit:
            message = "The request cannot be completed because you have exceeded your quota."
            return _forbidden(
                "quotaExceeded", message, "youtube.quota", {"status": "RESOURCE_EXHAUSTED"}
            )
        self._spent[key] += 1
        return None

    def _is_too_fast(self) -> bool:
        if self._limits.calls_a_second is None:
            return False
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self._limits.calls_a_second:
            return True
        self._recent.append(now)
        return False


def _forbidden(reason: str, message: str, domain: str, more: dict[str, Any]) -> Answer:
    listed = [{"message": message, "domain": domain, "reason": reason}]
    return json_answer({"error": {"code": 403, "message": message, "errors": listed, **more}}, 403)
