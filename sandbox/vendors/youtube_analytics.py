"""YouTube Analytics API v2: `/v2/reports` by day, and the list of most viewed videos.

A day is one of California's. It appears two days after it ended, three for what was watched, and
its figures still rise for some days. A report ends with the last day that all its metrics have.
Only the combinations that are documented are answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.moments import DAY, day_number, pacific_day_end
from sandbox.wire import Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Account, Facts, Post
    from sandbox.vendors.google_oauth import GoogleOAuth

PREFIX = "/v2/reports"
SCOPE_REASON = "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
_MAX_VIDEOS = 200
_DAY_FORMAT = re.compile(r"\d{4}-\d\d-\d\d")
_SETTLED_AFTER = 5 * DAY


class Figures(NamedTuple):
    """One day of a channel or a video."""

    views: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    gained: int = 0
    lost: int = 0
    seconds: int = 0  # what one view watches
    length: int = 0  # of what is watched


_COUNTED = ("views", "likes", "comments", "shares", "gained", "lost")


class Metric(NamedTuple):
    """A column: whether it is a FLOAT, how many days it takes, and what it says of a day."""

    is_float: bool
    ready_days: int
    value: Callable[[Figures], float]


METRICS: Mapping[str, Metric] = {
    "views": Metric(False, 2, lambda f: f.views),
    "engagedViews": Metric(False, 2, lambda f: f.views * 71 // 100),
    "likes": Metric(False, 2, lambda f: f.likes),
    "dislikes": Metric(False, 2, lambda f: f.likes // 40),
    "comments": Metric(False, 2, lambda f: f.comments),
    "shares": Metric(False, 2, lambda f: f.shares),
    "subscribersGained": Metric(False, 2, lambda f: f.gained),
    "subscribersLost": Metric(False, 2, lambda f: f.lost),
    "estimatedMinutesWatched": Metric(False, 3, lambda f: f.views * f.seconds // 60),
    "averageViewDuration": Metric(False, 3, lambda f: f.seconds),
    "averageViewPercentage": Metric(
        True, 3, lambda f: round(100 * f.seconds / f.length, 2) if f.length else 0.0
    ),
}


class YouTubeAnalytics:
    """Serves the channels of `facts` to whom their owners' tokens belong."""

    def __init__(self, facts: Facts, oauth: GoogleOAuth) -> None:
        self._oauth = oauth
        self._channels = {
            account_id: account
            for (platform, account_id), account in facts.accounts.items()
            if platform == "youtube"
        }

    def answer(self, ask: Ask) -> Answer:
        if ask.method != "GET" or ask.path != PREFIX:
            return _error(404, "notFound", "Not found.", "NOT_FOUND")
        grant = self._oauth.grant(bearer(ask.headers), ask.at)
        if grant is None or grant.source != "youtube_analytics":
            message = "Request had invalid authentication credentials."
            return _error(401, "authError", message, "UNAUTHENTICATED")
        if grant.refresh_token in self._oauth.narrow:
            message = "Request had insufficient authentication scopes."
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": SCOPE_REASON}
            return _error(403, "insufficientPermissions", message, "PERMISSION_DENIED", [info])
        channel = self._channels.get(grant.account_id)
        if channel is None or ask.query.get("ids") not in {
            "channel==MINE",
            f"channel=={channel.account_id}",
        }:
            return _error(403, "forbidden", "Forbidden", "PERMISSION_DENIED")
        return _report(channel, ask)


def _report(channel: Account, ask: Ask) -> Answer:
    names = [name for name in ask.query.get("metrics", "").split(",") if name]
    days = _days(ask.query)
    if days is None or not names:
        return _error(400, "invalidParameter", "startDate, endDate or metrics is wrong.")
    if any(name not in METRICS for name in names):
        return _error(400, "badRequest", "Unknown identifier given in field parameters.metrics.")
    ready = max(METRICS[name].ready_days for name in names)
    shown = [day for day in days if pacific_day_end(day) + ready * DAY <= ask.at]
    dimension, video = ask.query.get("dimensions"), _video(channel, ask.query.get("filters"))
    if dimension == "day" and video is not None:
        posts = channel.posts if video == "" else [p for p in channel.posts if p.post_id == video]
        rows = _day_rows(channel if video == "" else None, posts, names, shown, ask.at)
    elif dimension == "video" and video == "" and _is_top_list(ask.query, names):
        rows = _video_rows(channel.posts, names, shown, ask)
    else:
        message = "The query is not supported. Check the documentation for supported queries."
        return _error(400, "badRequest", message)
    body: dict[str, Any] = {
        "kind": "youtubeAnalytics#resultTable",
        "columnHeaders": [_header(dimension), *map(_header, names)],
    }
    if rows:  # absent, not empty, when there is no data
        body["rows"] = rows
    return json_answer(body)


def _day_rows(
    channel: Account | None, posts: list[Post], names: list[str], days: list[int], at: int
) -> list[list[Any]]:
    rows = []
    for day in days:
        figures = _figures(channel, posts, day, at)
        if any((figures.views, figures.gained, figures.lost)):
            text = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
            rows.append([text, *(_value(name, figures) for name in names)])
    return rows


def _video_rows(posts: list[Post], names: list[str], days: list[int], ask: Ask) -> list[list[Any]]:
    if not days:
        return []
    found = []
    for post in posts:
        figures = _growth(post, pacific_day_end(days[0] - 1), pacific_day_end(days[-1]))
        if figures.views > 0:
            found.append((figures, post.post_id))
    column = ask.query["sort"].removeprefix("-")
    found.sort(key=lambda row: (-_value(column, row[0]), row[1]))
    most = int(ask.query["maxResults"])
    return [[key, *(_value(name, row) for name in names)] for row, key in found[:most]]


def _figures(channel: Account | None, posts: list[Post], day: int, at: int) -> Figures:
    begin, end = pacific_day_end(day - 1), pacific_day_end(day)
    grown = [_growth(post, begin, end) for post in posts if post.published < end]
    views = sum(one.views for one in grown)
    own = channel.growth.figures(day) if channel is not None else None
    whole = Figures(
        views=views,
        likes=sum(one.likes for one in grown),
        comments=sum(one.comments for one in grown),
        shares=sum(one.shares for one in grown),
        gained=own.gained if own is not None else 0,
        lost=own.lost if own is not None else 0,
        seconds=sum(one.views * one.seconds for one in grown) // views if views > 0 else 0,
        length=sum(one.views * one.length for one in grown) // views if views > 0 else 0,
    )
    if at >= end + _SETTLED_AFTER:
        return whole
    partly = {name: int(getattr(whole, name) * 0.97) for name in _COUNTED}
    return whole._replace(**partly)


def _growth(post: Post, begin: int, end: int) -> Figures:
    """What a video gained between two instants; nothing once it is gone."""
    last = post.counters(end)
    if last is None:
        return Figures()
    first = post.counters(begin)
    length = post.length_seconds
    return Figures(
        views=last.views - (first.views if first else 0),
        likes=(last.likes or 0) - ((first.likes or 0) if first else 0),
        comments=(last.comments or 0) - ((first.comments or 0) if first else 0),
        shares=last.shares - (first.shares if first else 0),
        seconds=length * (30 + length % 40) // 100,
        length=length,
    )


def _value(name: str, figures: Figures) -> float:
    """A number as the vendor writes it: a FLOAT without a fraction is an integer."""
    value = METRICS[name].value(figures)
    return int(value) if value == int(value) else value


def _header(name: str) -> dict[str, str]:
    if name not in METRICS:
        return {"name": name, "columnType": "DIMENSION", "dataType": "STRING"}
    kind = "FLOAT" if METRICS[name].is_float else "INTEGER"
    return {"name": name, "columnType": "METRIC", "dataType": kind}


def _days(query: Mapping[str, str]) -> range | None:
    ends = query.get("startDate", ""), query.get("endDate", "")
    try:
        if not all(_DAY_FORMAT.fullmatch(text) for text in ends):
            return None
        first, last = (day_number(date.fromisoformat(text)) for text in ends)
    except ValueError:
        return None
    return range(first, last + 1) if first <= last else None


def _video(channel: Account, filters: str | None) -> str | None:
    """The one video of the channel that is asked for; empty for all, None for another filter."""
    if not filters:
        return ""
    name, _, video_id = filters.partition("==")
    return video_id if name == "video" and video_id and "," not in video_id else None


def _is_top_list(query: Mapping[str, str], names: list[str]) -> bool:
    sort, most = query.get("sort", ""), query.get("maxResults", "")
    is_few = most.isdigit() and 0 < int(most) <= _MAX_VIDEOS
    return sort.startswith("-") and sort.removeprefix("-") in names and is_few


def _error(
    code: int,
    reason: str,
    message: str,
    status: str = "INVALID_ARGUMENT",
    details: list[dict[str, str]] | None = None,
) -> Answer:
    listed = [{"message": message, "domain": "global", "reason": reason}]
    error: dict[str, Any] = {"code": code, "message": message, "errors": listed, "status": status}
    if details:
        error["details"] = details
    return json_answer({"error": error}, code)
