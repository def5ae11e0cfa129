"""Which days a source is asked for, and whether it has been asked already.

Both are read from the landing zone's manifests: what was missed heals by itself, because the next
window begins where the last one ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ingest.manifest import Manifest
    from ingest.streams import Source


@dataclass(frozen=True)
class Window:
    """Days asked for, both included, in UTC."""

    since: date
    until: date

    def __str__(self) -> str:
        return f"{self.since}" if self.since == self.until else f"{self.since}..{self.until}"


def next_window(
    source: Source,
    manifests: Iterable[Manifest],
    now: datetime,
    since: date | None = None,
    until: date | None = None,
) -> Window:
    """From the last covered day minus the days the vendor may restate, to today.

    `since` and `until` win where they are given. Counters have no past, so a fetch of counters
    alone covers no day, and a source of nothing else is asked for today.
    """
    end = min(until or now.date(), now.date())
    if since is None and all(stream.kind == "counter" for stream in source.streams):
        since = end
    if since is None:
        covered = [m.until for m in manifests if m.kinds != ("counter",) and m.until <= end]
        last = max(covered, default=end - timedelta(days=source.first_days))
        since = last - timedelta(days=source.reload_days)
    return Window(min(since, end), end)


def quota_used(manifests: Iterable[Manifest], time_zone: str, now: datetime) -> dict[str, int]:
    """What complete fetches spent of the vendor's quotas on today's day of that time zone.

    A fetch counts for the day on which it ended: too much rather than too little.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    used: Counter[str] = Counter()
    for manifest in manifests:
        if manifest.observed_to.astimezone(zone).date() == today:
            used.update(manifest.usage)
    return dict(used)


def find_cover(
    manifests: Iterable[Manifest],
    window: Window,
    kinds: frozenset[str],
    plan_hash: str,
    now: datetime,
) -> Manifest | None:
    """A fetch that answered the same question on the same day, if there is one."""
    for manifest in manifests:
        if (
            manifest.since <= window.since
            and window.until <= manifest.until
            and kinds <= {*manifest.kinds}
            and manifest.plan_hash == plan_hash
            and manifest.observed_from.date() == now.date()
        ):
            return manifest
    return None


def still_pending(manifests: Sequence[Manifest]) -> dict[str, date]:
    """What the newest fetch found unfinished, and those that ran beside it; by id, until its day.

    `manifests` are one source's, oldest first. One that ran beside it did not know its list, so
    both count; what is finished by now is then asked for once more than needed.
    """
    dated = [manifest for manifest in manifests if manifest.kinds != ("counter",)]
    if not dated:
        return {}
    pending: dict[str, date] = {}
    for manifest in dated:
        if manifest.observed_to >= dated[-1].observed_from:
            pending |= manifest.pending
    return pending
