"""A leaky bucket of query points, as the shop keeps one per app."""

from __future__ import annotations

import time
from collections.abc import Callable


class Bucket:
    """Holds up to `maximum` points and restores `rate` of them each second of real time."""

    def __init__(
        self, maximum: float, rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.maximum, self.rate = maximum, rate
        self._clock = clock
        self._level, self._seen = maximum, clock()

    @property
    def available(self) -> int:
        """Points there are now."""
        now = self._clock()
        self._level = min(self.maximum, self._level + (now - self._seen) * self.rate)
        self._seen = now
        return int(self._level)

    def take(self, points: float) -> bool:
        """Take points out, or leave the bucket as it is when there are too few."""
        if self.available < points:
            return False
        self._level -= points
        return True

    def give_back(self, points: float) -> None:
        """Return what a query did not use."""
        self._level = min(self.maximum, self._level + points)
