"""YouTube's daily quotas: counted before they are spent, new at midnight in California."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ingest.errors import Deferred, FetchFailed

if TYPE_CHECKING:
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

QUOTA_TIME_ZONE = "America/Los_Angeles"
UNITS, STATS_CALLS = "units", "batch_get_stats_calls"
DAILY_UNITS = 10_000  # what a project has unless it asked for more
_DAILY_STATS_CALLS = 10_000  # batchGetStats has a bucket of its own since June 2026
_PACIFIC = ZoneInfo(QUOTA_TIME_ZONE)


class Quota:
    """What is left of one quota today; safe to share between threads.

    `limit` are units a day in California. What earlier complete fetches of the day spent comes with
    the job; what this one spends goes into its manifest.
    """

    def __init__(self, name: str, limit: int, job: FetchJob, writer: FetchWriter) -> None:
        self._name, self._limit, self._writer = name, limit, writer
        self._used, self._now = job.used.get(name, 0), job.now
        self._lock = threading.Lock()

    def check(self, amount: int) -> None:
        """Deferred until it is midnight in California, unless `amount` is left."""
        if self._used + amount > self._limit:
            raise Deferred(
                f"YouTube: {amount} more {self._name} would exceed today's {self._limit},"
                f" of which {self._used} are spent",
                seconds_to_pacific_midnight(self._now),
            )

    def spend(self, amount: int = 1) -> None:
        """Take `amount`; Deferred, and nothing taken, when it is not left."""
        with self._lock:
            self.check(amount)
            self._used += amount
        self._writer.use(self._name, amount)


def unit_quota(job: FetchJob, writer: FetchWriter) -> Quota:
    """The units that nearly every call costs one of; the setting QUOTA says how many there are."""
    text = job.options.get("quota", str(DAILY_UNITS))
    if not text.isdigit():
        raise FetchFailed(f"MICROLIFT_YOUTUBE_QUOTA is not a number of units a day: {text!r}")
    return Quota(UNITS, int(text), job, writer)


def stats_quota(job: FetchJob, writer: FetchWriter) -> Quota:
    """The calls of batchGetStats."""
    return Quota(STATS_CALLS, _DAILY_STATS_CALLS, job, writer)


def seconds_to_pacific_midnight(now: datetime) -> float:
    """How long until the quotas start anew; a day may have 23 or 25 hours."""
    local = now.astimezone(_PACIFIC)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), _PACIFIC)
    return midnight.timestamp() - now.timestamp()
