"""The file formats a recording is made of, and nothing more than reading them.

A folder holds, gzipped, one file of each pattern:

`youtube_*_daily.csv.gz`
    One row per video and day it was observed, counters cumulative: observed_date, video_id,
    channel_id, channel_title, title, published_at (ISO), view_count, like_count, comment_count,
    is_ratings_disabled, is_comments_disabled, is_removed (true or false).
`*_orders.csv.gz`
    One row per order, oldest first: customer_id (digits), order_date, quantity, amount_usd.
`eurofxref-hist.csv.gz`
    The European Central Bank's own file: Date, one column per currency, `N/A` for no rate.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

VIDEOS, ORDERS, RATES = "youtube_*_daily.csv.gz", "*_orders.csv.gz", "eurofxref-hist.csv.gz"


class ObservedVideo(NamedTuple):
    """One row of the videos' file; a counter is None where it was switched off."""

    day: date
    video_id: str
    channel_id: str
    channel_title: str
    title: str
    published_at: str
    views: int
    likes: int | None
    comments: int | None


class RecordedOrder(NamedTuple):
    """One row of the orders' file."""

    customer: int
    day: date
    quantity: int
    cents: int


def read_videos(folder: Path) -> Iterator[ObservedVideo]:
    """Every observation, in the order of the file."""
    for row in _rows(folder, VIDEOS):
        yield ObservedVideo(
            day=date.fromisoformat(row["observed_date"]),
            video_id=row["video_id"],
            channel_id=row["channel_id"],
            channel_title=row["channel_title"],
            title=row["title"],
            published_at=row["published_at"],
            views=int(row["view_count"]),
            likes=_unless(row["is_ratings_disabled"], row["like_count"]),
            comments=_unless(row["is_comments_disabled"], row["comment_count"]),
        )


def read_orders(folder: Path) -> Iterator[RecordedOrder]:
    """Every order, in the order of the file."""
    for row in _rows(folder, ORDERS):
        whole, _, cents = row["amount_usd"].partition(".")
        yield RecordedOrder(
            customer=int(row["customer_id"]),
            day=date.fromisoformat(row["order_date"]),
            quantity=int(row["quantity"]),
            cents=int(whole) * 100 + int(f"{cents:0<2}"),
        )


def read_rates(folder: Path) -> list[tuple[date, Mapping[str, str]]]:
    """Days with rates, oldest first, as written; what was not quoted is left out."""
    days: list[tuple[date, Mapping[str, str]]] = []
    for row in _rows(folder, RATES):
        day = date.fromisoformat(row.pop("Date"))
        quoted = {name: rate for name, rate in row.items() if len(name) == 3 and _is_rate(rate)}
        days.append((day, quoted))
    return sorted(days, key=lambda entry: entry[0])


def _is_rate(text: str) -> bool:
    return text not in ("", "N/A")


def _unless(is_disabled: str, count: str) -> int | None:
    return None if is_disabled == "true" else int(count)


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, str]]:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"{folder} must hold one file {pattern}, not {len(found)}")
    with gzip.open(found[0], "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
