"""Which insights are asked of Instagram, in which calls, and what happens when one is refused.

Metrics come in shapes that exclude each other: some answer only as a series, some only as the
total of a window, and with the wrong `metric_type` the vendor answers 200 and an empty list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ingest.errors import ItemRefused

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.page import Page

_DAY = timedelta(days=1)
# The vendor refuses more than 30 days a call; one is left for time zones.
_SERIES_DAYS = 29
# New followers are kept no longer than this.
_FOLLOWER_COUNT_DAYS = 30

_TOTALS = "views,total_interactions,likes,comments,shares,saves,accounts_engaged"
_POST_METRICS = ("reach", "views", "likes", "comments", "saved", "shares", "total_interactions")
_REEL_METRICS = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time")
_STORY_METRICS = (
    "reach", "views", "replies", "shares", "total_interactions", "navigation", "follows",
    "profile_visits",
)  # fmt: skip

_NAMED_METRIC = re.compile(r"does not support the (\w+) metric")


@dataclass(frozen=True)
class Question:
    """One call for insights of an account; `since` and `until` are the days meant, inclusive."""

    metrics: tuple[str, ...]
    params: Mapping[str, str]
    context: dict[str, str]
    last_day: date


@dataclass
class MetricAnswers:
    """The pages of one question, and the metrics the vendor would not give."""

    pages: list[Page] = field(default_factory=list)
    refused: dict[str, ItemRefused] = field(default_factory=dict)


def post_metrics(product_type: str) -> tuple[str, ...]:
    """The metrics a post of that media_product_type has."""
    if product_type == "STORY":
        return _STORY_METRICS
    return _POST_METRICS + _REEL_METRICS if product_type == "REELS" else _POST_METRICS


def user_questions(since: date, until: date, now: datetime) -> Iterator[Question]:
    """Every call for one account's days: series in long windows, totals day by day.

    `reach` and `follower_count` date their own values; `follower_count` answers only without a
    metric_type. Totals carry no date, so each window is one day. A day that is not over is not
    asked for: a total of half a day looks like one of a whole day.
    """
    until = min(until, now.astimezone(UTC).date() - _DAY)
    for first, last in _windows(since, until):
        yield _question("reach", first, last, "time_series", metric_type="time_series")
    oldest = now.astimezone(UTC).date() - timedelta(days=_FOLLOWER_COUNT_DAYS - 1)
    for first, last in _windows(max(since, oldest), until):
        yield _question("follower_count", first, last, "time_series")
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        yield _question(_TOTALS, day, day, "total_value", metric_type="total_value")
        yield _question(
            "follows_and_unfollows",
            day,
            day,
            "total_value",
            metric_type="total_value",
            breakdown="follow_type",
        )


def ask(
    client: Client, path: str, metrics: tuple[str, ...], params: Mapping[str, str] | None = None
) -> MetricAnswers:
    """Ask for all metrics at once; one that is refused is left out and remembered.

    One unsupported metric fails the whole batch. When the refusal names it, the rest is asked
    again without it; when it names none, each metric is asked alone. Insights are never paged:
    their `next` is the next window of time and leads into the future for ever.
    """
    answers = MetricAnswers()
    batches = [metrics]
    while batches:
        batch = batches.pop(0)
        asked = {"metric": ",".join(batch)} | dict(params or {"period": "lifetime"})
        try:
            answers.pages.append(client.get(path, asked, shape={"data": list}))
        except ItemRefused as refusal:
            if refusal.reason != "metric_unsupported":
                raise
            named = set(_NAMED_METRIC.findall(refusal.detail)) & set(batch)
            if len(batch) == 1:
                answers.refused[batch[0]] = refusal
            elif named:
                answers.refused |= dict.fromkeys(sorted(named), refusal)
                rest = tuple(metric for metric in batch if metric not in named)
                batches = [rest, *batches] if rest else batches
            else:
                batches = [(metric,) for metric in batch] + batches
    return answers


def _windows(since: date, until: date) -> Iterator[tuple[date, date]]:
    first = since
    while first <= until:
        last = min(until, first + (_SERIES_DAYS - 1) * _DAY)
        yield first, last
        first = last + _DAY


def _question(metrics: str, first: date, last: date, shape: str, **params: str) -> Question:
    window: dict[str, Any] = {
        "period": "day",
        "since": str(_midnight(first)),
        "until": str(_midnight(last + _DAY)),
    }
    context = {"since": str(first), "until": str(last), "metric_type": shape}
    return Question(tuple(metrics.split(",")), window | params, context, last)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
