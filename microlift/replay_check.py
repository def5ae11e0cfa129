"""Totals computed straight from a recording's files, to hold the pipeline's own against.

Shares no code with the pipeline or the sandbox on purpose: a mistake made twice would agree. The
formats are those of the recording's README: cumulative counters by video and day, orders in USD,
and the European Central Bank's rates in units per euro.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

# The recorded day of orders that falls on the first day of the videos.
ORDERS_BEGIN = date(1997, 10, 27)
CENT = Decimal("0.01")
COUNTERS = ("view_count", "like_count", "comment_count")
SWITCHED_OFF = {"like_count": "is_ratings_disabled", "comment_count": "is_comments_disabled"}

Counters = tuple[int | None, ...]


@dataclass(frozen=True)
class Totals:
    """What both sides must agree on; three numbers each for views, likes and comments.

    `last_counters` are by video; differences are between consecutive observed days of a video,
    `falls` the negative ones among them; `gap_days` are the days between two observations beyond
    the first, over all videos.
    """

    videos: int
    observations: int
    last_counters: dict[str, Counters]
    differences: tuple[int, ...]
    falls: tuple[int, ...]
    fallen: tuple[int, ...]
    gaps: int
    gap_days: int
    orders: int
    revenue_usd: Decimal
    revenue_eur: Decimal


def count_recording(folder: Path, nights: int | None = None) -> Totals:
    """The totals of the first `nights` recorded days (all when None)."""
    history: dict[str, list[tuple[date, Counters]]] = defaultdict(list)
    for row in _rows(folder, "youtube_*_daily.csv.gz"):
        day = date.fromisoformat(row["observed_date"])
        history[row["video_id"]].append((day, tuple(_counter(row, name) for name in COUNTERS)))
    days = sorted({day for observed in history.values() for day, _ in observed})[:nights]
    first, last = days[0], days[-1]
    kept = {
        video: sorted((day, counters) for day, counters in observed if day <= last)
        for video, observed in history.items()
        if min(day for day, _ in observed) <= last
    }
    differences, falls, fallen = [0, 0, 0], [0, 0, 0], [0, 0, 0]
    gaps = gap_days = 0
    for observed in kept.values():
        for (earlier, before), (later, after) in pairwise(observed):
            gaps += (later - earlier).days > 1
            gap_days += (later - earlier).days - 1
            for n, (was, now) in enumerate(zip(before, after, strict=True)):
                if was is not None and now is not None:
                    differences[n] += now - was
                    falls[n] += now < was
                    fallen[n] += min(now - was, 0)
    orders, usd, eur = _revenue(folder, first, last)
    return Totals(
        videos=len(kept),
        observations=sum(map(len, kept.values())),
        last_counters={video: observed[-1][1] for video, observed in kept.items()},
        differences=tuple(differences),
        falls=tuple(falls),
        fallen=tuple(fallen),
        gaps=gaps,
        gap_days=gap_days,
        orders=orders,
        revenue_usd=usd,
        revenue_eur=eur,
    )


def _revenue(folder: Path, first: date, last: date) -> tuple[int, Decimal, Decimal]:
    """Orders, dollars, and euros at the last rate on or before each order's day."""
    rates = sorted(
        (date.fromisoformat(row["Date"]), Decimal(row["USD"]))
        for row in _rows(folder, "eurofxref-hist.csv.gz")
        if row["USD"] not in ("", "N/A")
    )
    rate_days = [day for day, _ in rates]
    shift: timedelta = first - ORDERS_BEGIN
    orders, usd, eur = 0, Decimal(0), Decimal(0)
    for row in _rows(folder, "*_orders.csv.gz"):
        day = date.fromisoformat(row["order_date"]) + shift
        if first <= day <= last:
            amount = Decimal(row["amount_usd"])
            rate = rates[bisect_right(rate_days, day) - 1][1]
            orders += 1
            usd += amount
            eur += (amount / rate).quantize(CENT, ROUND_HALF_UP)
    return orders, usd.quantize(CENT), eur


def _counter(row: dict[str, str], name: str) -> int | None:
    return None if row.get(SWITCHED_OFF.get(name, ""), "false") == "true" else int(row[name])


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, str]]:
    (path,) = folder.glob(pattern)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@dataclass(frozen=True)
class Comparison:
    """One line of the table: the same total from both sides, as text."""

    what: str
    pipeline: str
    recording: str

    @property
    def is_equal(self) -> bool:
        """True when both sides agree."""
        return self.pipeline == self.recording


def compare(pipeline: Totals, recording: Totals) -> list[Comparison]:
    """The table, one line a total; last counters are compared video by video."""
    lines = []
    for field in fields(Totals):
        ours, theirs = getattr(pipeline, field.name), getattr(recording, field.name)
        what = field.name.replace("_", " ")
        if isinstance(theirs, dict):
            equal = sum(ours.get(video) == counters for video, counters in theirs.items())
            strange = len(ours.keys() - theirs.keys())
            lines.append(Comparison(f"{what} equal", f"{equal - strange:,}", f"{len(theirs):,}"))
            for n, name in enumerate(COUNTERS):
                sums = [sum(c[n] or 0 for c in side.values()) for side in (ours, theirs)]
                lines.append(Comparison(f"{what}, {_plural(name)}", *(f"{s:,}" for s in sums)))
        elif isinstance(theirs, tuple):
            for n, name in enumerate(COUNTERS):
                lines.append(
                    Comparison(f"{what}, {_plural(name)}", f"{ours[n]:,}", f"{theirs[n]:,}")
                )
        else:
            lines.append(Comparison(what, f"{ours:,}", f"{theirs:,}"))
    return lines


def _plural(counter: str) -> str:
    return counter.replace("_count", "s")
