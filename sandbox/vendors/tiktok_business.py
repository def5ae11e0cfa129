"""TikTok Business API: an account's days, and its videos with reach and saves.

Always status 200; `code` is 0 or says what is wrong. Figures come a day or two late, some days
never; a post that nobody watches any more loses its reach, one of a year ago stands still.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.credentials import account_token
from sandbox.moments import DAY, HOUR, day_number, day_of
from sandbox.vendors.tiktok import MAX_COUNT, TikTokRules, page_of, tiktok_accounts
from sandbox.wire import Answer, Ask, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Account, Facts, Post

PREFIX = "/open_api/v1.3/business/"
DAYS_BACK = 60
_LATE = 30 * HOUR
_FROZEN_AFTER = 365 * DAY
_INACTIVE_AFTER = 7 * DAY
_ONE_DAY_IN = 37  # this share of an account's days never comes


class _Wrong(Exception):
    """A question that cannot be answered."""


class TikTokBusiness:
    """Serves the TikTok half of `facts` to the owners of its accounts."""

    def __init__(self, facts: Facts, rules: TikTokRules) -> None:
        self._accounts = tiktok_accounts(facts)
        self._rules = rules
        self._calls: Counter[tuple[str, str, int]] = Counter()

    def answer(self, ask: Ask) -> Answer:
        account_id, token = ask.query.get("business_id", ""), ask.headers.get("Access-Token")
        if not token:
            return _error(ask, 40104, "Access token is required.")
        account = self._accounts.get(account_id)
        if account is None or token != account_token("tiktok_business", account_id):
            return _error(ask, 40105, "Access token is incorrect or has been revoked.")
        self._calls[account_id, ask.path, ask.at // 60] += 1
        limit = self._rules.calls_a_minute
        if limit is not None and self._calls[account_id, ask.path, ask.at // 60] > limit:
            return _error(ask, 40100, "Too many requests. Please retry in some time.")
        endpoints: dict[str, Callable[[Ask, Account, list[str]], dict[str, Any]]] = {
            "get/": _days,
            "video/list/": _videos,
        }
        endpoint = endpoints.get(ask.path[len(PREFIX) :])
        if endpoint is None or ask.method != "GET":
            return _error(ask, 40002, f"No such path: {ask.path}")
        try:
            return _envelope(ask, 0, "OK", endpoint(ask, account, _fields(ask)))
        except _Wrong as wrong:
            return _error(ask, 40002, str(wrong))


def _fields(ask: Ask) -> list[str]:
    try:
        fields = orjson.loads(ask.query.get("fields", ""))
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, list) or not fields:
        raise _Wrong("fields: not a JSON array of names")
    return fields


def _days(ask: Ask, account: Account, fields: list[str]) -> dict[str, Any]:
    today = ask.at // DAY
    try:
        first = day_number(date.fromisoformat(ask.query.get("start_date", "")))
        last = (
            day_number(date.fromisoformat(ask.query["end_date"]))
            if "end_date" in ask.query
            else today - 1
        )
    except ValueError:
        raise _Wrong("start_date: not a date") from None
    if first < today - DAYS_BACK or last < first or last > today - 1:
        raise _Wrong(f"start_date and end_date: at most {DAYS_BACK} days back, until yesterday")
    days = [_day(account, day, ask.at) for day in range(first, last + 1)]
    totals = {
        "username": account.handle,
        "followers_count": account.growth.followers(ask.at),
        "metrics": [{"date": day["date"], **_only(fields, day)} for day in days if day],
    }
    return {name: value for name, value in totals.items() if name in {*fields, "metrics"}}


def _day(account: Account, day: int, at: int) -> dict[str, Any] | None:
    figures = account.growth.figures(day)
    is_lost = zlib.crc32(f"{account.account_id}.{day}".encode()) % _ONE_DAY_IN == 0
    if figures is None or is_lost or (day + 1) * DAY + _LATE > at:
        return None
    return {
        "date": day_of(day * DAY).isoformat(),
        "video_views": figures.views,
        "unique_video_views": figures.reach,
        "profile_views": figures.reach // 50,
        "likes": figures.likes,
        "comments": figures.comments,
        "shares": figures.shares,
        "engaged_audience": figures.accounts_engaged,
        "bio_link_clicks": figures.profile_links_taps,
        "daily_total_followers": account.growth.followers((day + 1) * DAY),
        "daily_new_followers": figures.gained,
        "daily_lost_followers": figures.lost,
    }


def _videos(ask: Ask, account: Account, fields: list[str]) -> dict[str, Any]:
    size, cursor = ask.query.get("max_count", "10"), ask.query.get("cursor", "0")
    if not (size.isdecimal() and cursor.isdecimal() and 1 <= int(size) <= MAX_COUNT):
        raise _Wrong("max_count: must be between 1 and 20")
    slots, paging = page_of(account, ask.at, int(cursor), int(size))
    videos = [_video(post, account, ask.at) for post in slots]
    return {"videos": [_only(fields, video) for video in videos if video], **paging}


def _video(post: Post, account: Account, at: int) -> dict[str, Any] | None:
    seen_at = min(at - DAY, post.published + _FROZEN_AFTER)
    counters = post.counters(seen_at)
    if counters is None or post.counters(at) is None:
        return None
    earlier = post.counters(seen_at - _INACTIVE_AFTER)
    is_inactive = earlier is not None and counters.views - earlier.views < counters.views / 100
    lively = {
        "reach": counters.reach,
        "total_time_watched": round(counters.views * 7.3, 1),
        "average_time_watched": 7.3,
        "full_video_watched_rate": 0.21,
        "impression_sources": [{"impression_source": "For You", "percentage": 0.9}],
    }
    return {
        "item_id": post.post_id,
        "create_time": str(post.published),
        "caption": post.text,
        "share_url": f"https://www.tiktok.com/@{account.handle}/video/{post.post_id}",
        "is_ad": False,
        "video_duration": float(post.length_seconds),
        "video_views": counters.views,
        "likes": counters.likes,
        "comments": counters.comments,
        "shares": counters.shares,
        "favorites": counters.saves,
        **({} if is_inactive else lively),
    }


def _only(fields: list[str], value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in fields if name in value}


def _envelope(ask: Ask, code: int, message: str, data: Mapping[str, Any]) -> Answer:
    request_id = f"{ask.at}{zlib.crc32(f'{ask.path}{ask.query}'.encode()):010d}"
    body = {"code": code, "message": message, "request_id": request_id, "data": data}
    return json_answer(body)


def _error(ask: Ask, code: int, message: str) -> Answer:
    return _envelope(ask, code, message, {})
