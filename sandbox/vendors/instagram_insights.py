"""Instagram insights: by day for an account, lifetime for a media.

An empty `data` means unknown. A day appears some hours after it ended in Los Angeles, and its
figures still move until the second midnight (UTC) after that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sandbox.facts import Account, Counters, DayFigures, Post
from sandbox.moments import DAY, HOUR, iso_offset, pacific_day_end, parse_instant
from sandbox.vendors.graph_errors import (
    before_conversion,
    graph_error,
    unknown_metric,
    unsupported_metric,
)
from sandbox.wire import TOKENS, Answer, Ask, json_answer

_FIGURES: dict[str, Callable[[DayFigures], int]] = {
    "reach": lambda day: day.reach,
    "follower_count": lambda day: day.gained,
    "views": lambda day: day.views,
    "accounts_engaged": lambda day: day.accounts_engaged,
    "total_interactions": lambda day: day.likes + day.comments + day.saves + day.shares,
    "likes": lambda day: day.likes,
    "comments": lambda day: day.comments,
    "saves": lambda day: day.saves,
    "shares": lambda day: day.shares,
    "replies": lambda day: day.comments // 3,
    "reposts": lambda day: day.shares // 4,
    "profile_links_taps": lambda day: day.profile_links_taps,
    "follows_and_unfollows": lambda day: day.gained,
}
_SERIES = frozenset({"reach", "follower_count"})
_USER_METRICS = tuple(_FIGURES)
_COUNTED: dict[str, Callable[[Counters], int]] = {
    "reach": lambda c: c.reach,
    "views": lambda c: c.views,
    "likes": lambda c: c.likes or 0,
    "comments": lambda c: c.comments or 0,
    "saved": lambda c: c.saves,
    "shares": lambda c: c.shares,
    "total_interactions": lambda c: (c.likes or 0) + (c.comments or 0) + c.saves + c.shares,
    "reposts": lambda c: c.shares // 4,
    "follows": lambda c: c.reach // 900,
    "profile_visits": lambda c: c.reach // 120,
    "profile_activity": lambda c: c.reach // 700,
    "ig_reels_avg_watch_time": lambda c: 4_000 + c.views % 9_000,
    "ig_reels_video_view_total_time": lambda c: c.views * (4_000 + c.views % 9_000),
    "reels_skip_rate": lambda c: 20 + c.views % 40,
}
_ALWAYS = frozenset(list(_COUNTED)[:8])
_FEED = _ALWAYS | {"follows", "profile_visits", "profile_activity"}
_SUPPORTED = {
    "IMAGE": _FEED,
    "CAROUSEL": _FEED,
    "FEED_VIDEO": _FEED - {"views"},
    "REELS": _ALWAYS
    | {"ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate"},
}
_ELSEWHERE = ("crossposted_views", "facebook_views", "impressions", "navigation")
_MEDIA_METRICS = (*_COUNTED, *_ELSEWHERE)


def media_insights(media: Post, account: Account, counters: Counters, ask: Ask) -> Answer:
    """Lifetime totals; one metric the media does not have fails the whole request."""
    names = _names(ask.query.get("metric", ""))
    for index, name in enumerate(names):
        if name not in _MEDIA_METRICS:
            return unknown_metric(index, _MEDIA_METRICS)
    if not names:
        return graph_error(100, "(#100) The parameter metric is required")
    if media.published < account.converted_at:
        return before_conversion()
    supported = _SUPPORTED[media.kind]
    for name in names:
        if name not in supported:
            return unsupported_metric(name)
    if ask.at < media.published + HOUR:
        return json_answer({"data": []})
    return json_answer(
        {"data": [_media_entry(media.post_id, name, counters, ask) for name in names]}
    )


def _media_entry(media_id: str, name: str, counters: Counters, ask: Ask) -> dict[str, Any]:
    value = _COUNTED[name](counters)
    entry: dict[str, Any] = {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name.replace("_", " ").capitalize(),
        "description": f"The number of {name} of the media.",
        "id": f"{media_id}/insights/{name}/lifetime",
    }
    if name == "profile_activity" and ask.query.get("breakdown") == "action_type":
        results = [{"dimension_values": ["bio_link_clicked"], "value": value}] if value else []
        breakdown = {"dimension_keys": ["action_type"], "results": results}
        entry["total_value"] = {"value": value, "breakdowns": [breakdown]}
    return entry


def user_insights(account: Account, ask: Ask) -> Answer:
    """Figures by day, in the shape that `metric_type` asks for."""
    names = _names(ask.query.get("metric", ""))
    for index, name in enumerate(names):
        if name not in _FIGURES:
            return unknown_metric(index, _USER_METRICS)
    if not names or ask.query.get("period", "day") != "day":
        return graph_error(100, "(#100) metric and period=day are required")
    shape = ask.query.get("metric_type", "time_series")
    if shape not in ("time_series", "total_value"):
        message = "(#100) metric_type must be one of the following values: total_value, time_series"
        return graph_error(100, message)
    window = _window(ask)
    if isinstance(window, Answer):
        return window
    since, until = window
    if "follower_count" in names and since < ask.at - 31 * DAY:
        return graph_error(
            100,
            "(#100) (follower_count) metric only supports querying data for the last 30 days "
            "excluding the current day",
        )
    days = [day for day in _days(since, until) if _is_visible(account, day, ask.at)]
    make = _series_entry if shape == "time_series" else _total_entry
    entries = (make(account, name, days, ask) for name in names)
    body: dict[str, Any] = {"data": [entry for entry in entries if entry is not None]}
    if body["data"]:
        body["paging"] = {
            "previous": _window_url(ask, 2 * since - until, since),
            "next": _window_url(ask, until, 2 * until - since),
        }
    return json_answer(body)


def _series_entry(account: Account, name: str, days: list[int], ask: Ask) -> dict[str, Any] | None:
    if name not in _SERIES or not days:
        return None
    if name == "follower_count" and (account.growth.followers(ask.at) or 0) < 100:
        return None
    values = [
        {
            "value": _FIGURES[name](_figures(account, day, ask.at)),
            "end_time": iso_offset(pacific_day_end(day)),
        }
        for day in days
    ]
    return {**_entry(account, name), "values": values}


def _total_entry(account: Account, name: str, days: list[int], ask: Ask) -> dict[str, Any] | None:
    if name == "follower_count" or not days:
        return None
    figures = [_figures(account, day, ask.at) for day in days]
    breakdown = ask.query.get("breakdown", "")
    total: dict[str, Any] = {"value": sum(map(_FIGURES[name], figures))}
    if name == "follows_and_unfollows":
        if breakdown != "follow_type":
            return None
        parts = [
            ("FOLLOWER", sum(f.gained for f in figures)),
            ("NON_FOLLOWER", sum(f.lost for f in figures)),
        ]
        total = {"breakdowns": [_breakdown("follow_type", parts)]}
    elif breakdown == "media_product_type":
        whole = total["value"]
        parts = [("POST", whole * 3 // 10), ("REEL", whole * 6 // 10), ("STORY", whole // 9)]
        total["breakdowns"] = [_breakdown(breakdown, parts)]
    return {**_entry(account, name), "total_value": total}


def _breakdown(key: str, parts: list[tuple[str, int]]) -> dict[str, Any]:
    """A category without activity is missing, and `results` with it when nothing happened."""
    results = [{"dimension_values": [name], "value": value} for name, value in parts if value]
    return {"dimension_keys": [key], **({"results": results} if results else {})}


def _entry(account: Account, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "period": "day",
        "title": name.replace("_", " ").capitalize(),
        "description": f"The {name} of the account.",
        "id": f"{account.account_id}/insights/{name}/day",
    }


def _is_visible(account: Account, day: int, at: int) -> bool:
    delay = 27 * HOUR if int(account.account_id) % 5 == 0 else 2 * HOUR
    return pacific_day_end(day) + delay <= at and account.growth.figures(day) is not None


def _figures(account: Account, day: int, at: int) -> DayFigures:
    figures = account.growth.figures(day)
    if figures is None:
        raise LookupError(f"{account.account_id} has no figures of day {day}")
    if at < (day + 2) * DAY + DAY // 2:
        return DayFigures(*(int(value * 0.93) for value in figures))
    if at < (day + 3) * DAY:
        return DayFigures(*(int(value * 0.985) for value in figures))
    return figures


def _window(ask: Ask) -> tuple[int, int] | Answer:
    try:
        until = parse_instant(ask.query["until"]) if "until" in ask.query else ask.at
        since = parse_instant(ask.query["since"]) if "since" in ask.query else until - DAY
    except ValueError:
        return graph_error(100, "(#100) since and until must be unix timestamps")
    if since > until:
        return graph_error(100, "(#100) The since parameter must be before the until parameter")
    if until - since > 30 * DAY:
        message = "(#100) There cannot be more than 30 days (2592000 s) between since and until"
        return graph_error(100, message)
    if since < ask.at - 730 * DAY:
        message = "(#100) since param is not valid. Metrics data is available for the last 2 years"
        return graph_error(100, message)
    return since, until


def _days(since: int, until: int) -> range:
    """The days whose noon (UTC) the window holds: right for windows cut at UTC and at Los Angeles
    midnight alike."""
    noon = DAY // 2
    return range(-((noon - since) // DAY), -((noon - until) // DAY))


def _window_url(ask: Ask, since: int, until: int) -> str:
    query = {**ask.query, "access_token": TOKENS["instagram"]}
    query |= {"since": str(since), "until": str(until)}
    return f"http://{ask.headers.get('Host', 'localhost')}{ask.path}?{urlencode(query)}"


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
