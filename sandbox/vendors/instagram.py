"""Instagram Graph API: accounts, their media, and the insights of both.

Insights live in `instagram_insights`; here are the objects and their lists.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox.moments import iso_offset, parse_instant
from sandbox.vendors import graph_errors
from sandbox.vendors.instagram_discovery import discover
from sandbox.vendors.instagram_edges import about_story, comments, live_stories, tagged_in
from sandbox.vendors.instagram_insights import media_insights, user_insights
from sandbox.wire import TOKENS, Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Account, Counters, Facts, Post

PREFIX = "/v"
_PATH = re.compile(r"^/v\d+\.\d+/(\d+)(?:/(insights|media|stories|comments|tags))?$")
_FIELD = re.compile(r"[^,{}]+(?:\{[^{}]*\})?")
_MAX_PAGE = 100
_DEFAULT_PAGE = 25


class Instagram:
    """Serves the Instagram half of `facts`."""

    def __init__(self, facts: Facts) -> None:
        self._accounts = {
            account_id: account
            for (platform, account_id), account in facts.accounts.items()
            if platform == "instagram"
        }
        self._strangers = [a for a in facts.strangers if a.platform == "instagram"]
        self._media = {
            post_id: post for (platform, post_id), post in facts.posts.items()
            if platform == "instagram"
        }  # fmt: skip
        self._stories = {
            story.story_id: story
            for account in self._accounts.values()
            for story in account.stories
        }

    def answer(self, ask: Ask) -> Answer:
        granted = bearer(ask.headers) or ask.query.get("access_token")
        if granted != TOKENS["instagram"]:
            return graph_errors.bad_token()
        match = _PATH.match(ask.path)
        if match is None or ask.method != "GET":
            return graph_errors.missing_object(ask.path.rsplit("/", 1)[-1])
        object_id, edge = match.groups()
        media, story = self._media.get(object_id), self._stories.get(object_id)
        owned = media or story
        account = self._accounts.get(owned.account_id if owned is not None else object_id)
        if account is None:
            return graph_errors.missing_object(object_id)
        if not account.is_authorised:
            return graph_errors.no_permission()
        if media is not None:
            return self._about_media(media, account, edge, ask)
        answer = (
            self._about_account(account, edge, ask)
            if story is None
            else about_story(story, account, edge, _fields(ask.query.get("fields", "id")), ask)
        )
        answer.headers.update(_usage(account))
        return answer

    def _about_media(self, media: Post, account: Account, edge: str | None, ask: Ask) -> Answer:
        counters = media.counters(ask.at) if media.listed_from <= ask.at else None
        if counters is None or edge in {"media", "stories", "tags"}:
            return graph_errors.missing_object(media.post_id)
        if edge == "insights":
            return media_insights(media, account, counters, ask)
        fields = _fields(ask.query.get("fields", "id"))
        if edge == "comments":
            found = comments(media, ask.at, list(self._accounts.values()), self._strangers)
            return _list_rows([{n: c[n] for n in ("id", *fields) if n in c} for c in found], ask)
        unknown = next((name for name in fields if name not in _MEDIA_FIELDS), None)
        if unknown is not None:
            return graph_errors.unknown_field(unknown)
        return json_answer(_project(media, account, counters, fields, ask.at))

    def _about_account(self, account: Account, edge: str | None, ask: Ask) -> Answer:
        lists: dict[str | None, Callable[[Account, Ask], Answer]] = {
            "insights": user_insights,
            "media": self._list_media,
            "stories": _list_stories,
            "tags": self._list_tags,
            None: self._profile,
        }
        if edge not in lists:
            return graph_errors.missing_object(account.account_id)
        return lists[edge](account, ask)

    def _profile(self, account: Account, ask: Ask) -> Answer:
        if "business_discovery." in ask.query.get("fields", ""):
            everybody = [*self._accounts.values(), *self._strangers]
            return discover(account, everybody, ask, _project_public)
        fields = _fields(ask.query.get("fields", "id"))
        whole = _profile(account, ask.at)
        unknown = next((name for name in fields if name not in whole), None)
        if unknown is not None:
            return graph_errors.unknown_field(unknown)
        return json_answer({name: whole[name] for name in ("id", *fields)})

    def _list_tags(self, account: Account, ask: Ask) -> Answer:
        fields = _fields(ask.query.get("fields", "id"))
        unknown = next((name for name in fields if name not in _MEDIA_FIELDS), None)
        if unknown is not None:
            return graph_errors.unknown_field(unknown)
        rows = []
        everybody = [*self._accounts.values(), *self._strangers]
        for post, creator in tagged_in(account, ask.at, everybody):
            counters = post.counters(ask.at)
            if counters is not None:
                rows.append(_project(post, creator, counters, fields, ask.at))
        return _list_rows(rows, ask)

    def _list_media(self, account: Account, ask: Ask) -> Answer:
        fields = _fields(ask.query.get("fields", "id"))
        unknown = next((name for name in fields if name not in _MEDIA_FIELDS), None)
        if unknown is not None:
            return graph_errors.unknown_field(unknown)
        limit = ask.query.get("limit", str(_DEFAULT_PAGE))
        if not limit.isdigit() or not 0 < int(limit) <= _MAX_PAGE:
            return graph_errors.graph_error(100, "(#100) limit must be between 1 and 100")
        first, end = _bounds(account, ask)
        after = ask.query.get("after")
        if after is not None:
            position = _position(after)
            if position is None:
                return graph_errors.graph_error(100, "(#100) Invalid cursor")
            end = min(end, position)
        nodes: list[dict[str, Any]] = []
        newest = end
        while end > first and len(nodes) < int(limit):
            end -= 1
            media = account.posts[end]
            counters = media.counters(ask.at)
            if counters is not None:
                nodes.append(_project(media, account, counters, fields, ask.at))
        if not nodes:
            return json_answer({"data": []})
        paging: dict[str, Any] = {
            "cursors": {"before": _cursor(max(newest - 1, 0)), "after": _cursor(end)}
        }
        if end > first:
            paging["next"] = _next_page(ask, limit, _cursor(end))
        return json_answer({"data": nodes, "paging": paging})


def _list_stories(account: Account, ask: Ask) -> Answer:
    stories = live_stories(account, _fields(ask.query.get("fields", "id")), ask.at)
    return stories if isinstance(stories, Answer) else _list_rows(stories, ask)


def _list_rows(rows: list[dict[str, Any]], ask: Ask) -> Answer:
    """One page of a list that is whole in memory; its cursors are positions from the front."""
    limit = int(ask.query.get("limit", _DEFAULT_PAGE))
    first = _position(ask.query["after"]) if "after" in ask.query else 0
    if first is None:
        return graph_errors.graph_error(100, "(#100) Invalid cursor")
    page, end = rows[first : first + limit], first + limit
    if not page:
        return json_answer({"data": []})
    paging: dict[str, Any] = {"cursors": {"before": _cursor(first), "after": _cursor(end)}}
    if end < len(rows):
        paging["next"] = _next_page(ask, str(limit), _cursor(end))
    return json_answer({"data": page, "paging": paging})


def _project_public(
    media: Post, account: Account, counters: Counters, fields: tuple[str, ...], at: int
) -> dict[str, Any] | None:
    """A post as anybody sees it; None when a field is not for everybody."""
    if not {*fields} <= _PUBLIC_FIELDS:
        return None
    return _project(media, account, counters, fields, at)


def _bounds(account: Account, ask: Ask) -> tuple[int, int]:
    """The slice of posts that are visible and inside `since` and `until`."""
    end = bisect_right(account.listed, ask.at)
    first = 0
    if since := ask.query.get("since"):
        first = bisect_right(account.listed, parse_instant(since) - 1)
    if until := ask.query.get("until"):
        end = min(end, bisect_right(account.listed, parse_instant(until)))
    return first, end


def _profile(account: Account, at: int) -> dict[str, Any]:
    visible = bisect_right(account.listed, at)
    return {
        "id": account.account_id,
        "username": account.handle_at(at),
        "name": account.title,
        "biography": f"{account.title} · {account.country}",
        "ig_id": int(account.account_id) % 10**10,
        "followers_count": account.growth.followers(at),
        "follows_count": 150 + int(account.account_id) % 500,
        "media_count": visible - sum(p.deleted_at <= at for p in account.posts[:visible]),
        "profile_picture_url": f"https://cdn.example/{account.account_id}.jpg",
        "website": f"https://{account.handle.replace('_', '-')}.example",
    }


def _project(
    media: Post, account: Account, counters: Counters, fields: tuple[str, ...], at: int
) -> dict[str, Any]:
    node: dict[str, Any] = {"id": media.post_id}
    for name in fields:
        value = _MEDIA_FIELDS[name](media, account, counters)
        if value is not None:  # what is hidden or does not apply is absent
            node[name] = account.handle_at(at) if name == "username" else value
    return node


_MEDIA_TYPES = {
    "IMAGE": ("IMAGE", "FEED"),
    "CAROUSEL": ("CAROUSEL_ALBUM", "FEED"),
    "FEED_VIDEO": ("VIDEO", "FEED"),
    "REELS": ("VIDEO", "REELS"),
}


def _shortcode(media: Post) -> str:
    number = int(media.post_id).to_bytes(8, "big")
    return base64.urlsafe_b64encode(number).decode().rstrip("=")


def _children(media: Post) -> dict[str, Any] | None:
    if media.kind != "CAROUSEL":
        return None
    return {"data": [{"id": str(int(media.post_id) + offset)} for offset in (1, 2, 3)]}


_MEDIA_FIELDS: dict[str, Callable[[Post, Account, Counters], Any]] = {
    "id": lambda media, account, counters: media.post_id,
    "caption": lambda media, account, counters: media.text or None,
    "media_type": lambda media, account, counters: _MEDIA_TYPES[media.kind][0],
    "media_product_type": lambda media, account, counters: _MEDIA_TYPES[media.kind][1],
    "timestamp": lambda media, account, counters: iso_offset(media.published),
    "permalink": lambda media, account, counters: (
        f"https://www.instagram.com/p/{_shortcode(media)}/"
    ),
    "shortcode": lambda media, account, counters: _shortcode(media),
    "like_count": lambda media, account, counters: None if media.hides_likes else counters.likes,
    "comments_count": lambda media, account, counters: counters.comments,
    "owner": lambda media, account, counters: {"id": account.account_id},
    "username": lambda media, account, counters: account.handle,
    "is_comment_enabled": lambda media, account, counters: True,
    "thumbnail_url": lambda media, account, counters: (
        f"https://cdn.example/{media.post_id}.jpg"
        if media.kind in ("REELS", "FEED_VIDEO")
        else None
    ),
    "media_url": lambda media, account, counters: f"https://cdn.example/{media.post_id}",
    "children": lambda media, account, counters: _children(media),
    "saved_count": lambda media, account, counters: counters.saves,
    "shares_count": lambda media, account, counters: counters.shares,
    "reposts_count": lambda media, account, counters: counters.shares // 4,
    "view_count": lambda media, account, counters: (
        counters.views if media.kind == "REELS" else None
    ),
}


_PUBLIC_FIELDS = frozenset(
    {"id", "caption", "timestamp", "media_type", "media_product_type", "like_count",
     "comments_count", "permalink", "username", "media_url", "children", "owner"}
)  # fmt: skip


@lru_cache(maxsize=256)
def _fields(text: str) -> tuple[str, ...]:
    return tuple(match.split("{")[0].strip() for match in _FIELD.findall(text))


def _usage(account: Account) -> dict[str, str]:
    """Percentages of the allowance; they are only sent for accounts that are used much."""
    share = int(account.account_id) % 29
    if share < 20:
        return {}
    return {
        "X-App-Usage": f'{{"call_count":{share},"total_time":{share - 3},"total_cputime":2}}',
        "X-Business-Use-Case-Usage": f'{{"{account.account_id}":[{{"type":"instagram",'
        f'"call_count":{share},"total_cputime":2,"total_time":{share - 3},'
        '"estimated_time_to_regain_access":0}]}',
    }


def _next_page(ask: Ask, limit: str, cursor: str) -> str:
    query = {**ask.query, "access_token": TOKENS["instagram"], "limit": limit, "after": cursor}
    return f"http://{ask.headers.get('Host', 'localhost')}{ask.path}?{urlencode(query)}"


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"QVF:{position}".encode()).decode().rstrip("=")


def _position(cursor: str) -> int | None:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    kind, _, position = text.partition(":")
    return int(position) if kind == "QVF" and position.isdigit() else None
