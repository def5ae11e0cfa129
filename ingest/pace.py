"""When the next call may go out: one gate for all workers of a source."""

from __future__ import annotations

import threading
import time

from ingest.errors import Deferred


class Gate:
    """A token bucket of `rate` calls a second that can also be shut for a while.

    A pause asked of one worker holds for all, because calls made while a vendor limits us extend
    the limit. One pause may last `max_wait` seconds, all of a fetch together `wait_budget`;
    beyond that whoever wants through is Deferred.
    """

    def __init__(
        self, rate: float | None = None, max_wait: float = 120.0, wait_budget: float = 1800.0
    ) -> None:
        self._rate = rate
        self._max_wait = max_wait
        self._budget = wait_budget
        self._tokens = self._burst = max(1.0, rate or 0.0)
        self._filled_at = time.monotonic()
        self._opens_at = 0.0
        self._is_spent = False
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Return when the next call may go out; Deferred when that is too far away."""
        while (seconds := self._seconds_to_wait()) > 0:
            time.sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Let nobody through for that long."""
        if seconds <= 0:
            return
        with self._lock:
            now = time.monotonic()
            added = now + seconds - max(self._opens_at, now)
            if added > 0:
                self._budget -= added
                self._is_spent |= seconds > self._max_wait or self._budget < 0
                self._opens_at = now + seconds

    def _seconds_to_wait(self) -> float:
        now = time.monotonic()
        seconds = self._opens_at - now
        if seconds > 0:
            if self._is_spent:
                raise Deferred("the vendor's limits would make this fetch too long", seconds)
            return seconds
        if self._rate is None:
            return 0.0
        with self._lock:
            gained = max(0.0, now - self._filled_at) * self._rate
            self._tokens = min(self._burst, self._tokens + gained)
            self._filled_at = max(self._filled_at, now)
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._rate
