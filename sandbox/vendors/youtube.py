"""YouTube Data API v3: channels, playlistItems, videos, their bare counters, and comments.

Counts are strings, subscribers are rounded down to three digits, what is hidden or gone is absent.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.moments import DAY, iso_z
from sandbox.vendors.youtube_comments import Comments
from sandbox.vendors.youtube_limits import Limiter, YouTubeLimits
from sandbox.vendors.youtube_parts import partial
from sandbox.vendors.youtube_resources import (
    channel_resource,
    counts,
    duration,
    etag,
    playlist_item,
    stats_resource,
)
from sandbox.wire import TOKENS, Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Facts, Post

PREFIX = "/youtube/v3/"
_MAX_IDS = 50
_DEFAULT_RESULTS = 5
_TOMBSTONE_DAYS = 3  # a deleted video stays in the uploads list, without its details, this long


class YouTube:
    """Serves the YouTube half of `facts`."""

    def __init__(self, facts: Facts, limits: YouTubeLimits | None = None) -> None:
        self._limiter = Limiter(limits or YouTubeLimits())
        self._channels = {
            account_id: account
            for (platform, account_id), account in facts.accounts.items()
            if platform == "youtube"
        }
        strangers = [a for a in facts.strangers if a.platform == "youtube"]
        self._comments = Comments(list(self._channels.values()), strangers)
        self._channels |= {account.account_id: account for account in strangers}
        self._uploads = {"UU" + channel[2:]: channel for channel in self._channels}
        self._handles = {
            channel.handle.lstrip("@").lower(): key for key, channel in self._channels.items()
        }
        self._videos = {
            post_id: post for (platform, post_id), post in facts.posts.items()
            if platform == "youtube"
        }  # fmt: skip
        self._videos |= {post.post_id: post for account in strangers for post in account.posts}
        self._snippets: dict[str, dict[str, Any]] = {}
        self._resources: dict[str, Callable[[Ask], Answer]] = {
            "videos": self._list_videos,
            "videos:batchGetStats": self._list_stats,
            "playlistItems": self._list_playlist_items,
            "channels": self._list_channels,
            "commentThreads": self._list_comments,
        }

    def answer(self, ask: Ask) -> Answer:
        resource = ask.path[len(PREFIX) :]
        refused = _refusal(ask) or self._limiter.refusal(resource, ask.at)
        if refused is not None:
            return refused
        if ask.method != "GET":
            return _error(405, "methodNotAllowed", "Only GET is served.")
        serve = self._resources.get(resource)
        if serve is None:
            return _error(404, "notFound", f"No such resource: {resource}")
        return partial(serve(ask), ask.query.get("fields"))

    def _list_channels(self, ask: Ask) -> Answer:
        parts = _parts(ask.query.get("part", ""))
        ids = _ids(ask.query.get("id", ""))
        if handle := ask.query.get("forHandle"):
            ids = (self._handles.get(handle.lstrip("@").lower(), ""),)
        if not parts or not ids:
            return _error(400, "missingRequiredParameter", "part and a filter are required.")
        if len(ids) > _MAX_IDS:
            return _error(400, "invalidParameter", "Too many ids.")
        found = [self._channels[i] for i in dict.fromkeys(ids) if i in self._channels]
        items = [channel_resource(channel, parts, ask.at) for channel in found]
        page: dict[str, Any] = {
            "kind": "youtube#channelListResponse",
            "etag": etag(ask.path, len(items), ask.at),
            "pageInfo": {"totalResults": len(items), "resultsPerPage": _results(ask) or 5},
        }
        if items:  # `items` is absent, not empty, when no channel matches
            page["items"] = items
        return json_answer(page)

    def _list_playlist_items(self, ask: Ask) -> Answer:
        parts = _parts(ask.query.get("part", ""))
        playlist = ask.query.get("playlistId", "")
        channel_id = self._uploads.get(playlist)
        if channel_id is None:
            return _error(404, "playlistNotFound", "The playlist cannot be found.")
        size = _results(ask)
        if not parts or size is None:
            return _error(400, "invalidParameter", "part or maxResults is missing or wrong.")
        channel = self._channels[channel_id]
        visible = bisect_right(channel.listed, ask.at)
        token = ask.query.get("pageToken")
        end = visible if token is None else _position(token)
        if end is None or not 0 <= end <= visible:
            return _error(400, "invalidPageToken", "The request specifies an invalid page token.")
        items: list[dict[str, Any]] = []
        while end > 0 and len(items) < size:
            end -= 1
            post = channel.posts[end]
            if post.deleted_at + _TOMBSTONE_DAYS * DAY > ask.at:
                items.append(playlist_item(post, playlist, channel, parts, ask.at))
        page: dict[str, Any] = {
            "kind": "youtube#playlistItemListResponse",
            "etag": etag(playlist, end, ask.at),
            "items": items,
            "pageInfo": {"totalResults": visible, "resultsPerPage": size},
        }
        if end > 0:
            page["nextPageToken"] = _token(end)
        return json_answer(page)

    def _list_videos(self, ask: Ask) -> Answer:
        parts = _parts(ask.query.get("part", ""))
        ids = _ids(ask.query.get("id", ""))
        if not parts or not ids or len(ids) > _MAX_IDS:
            return _error(400, "invalidParameter", "part is missing, or not 1 to 50 ids.")
        items = []
        for video_id in dict.fromkeys(ids):
            post = self._videos.get(video_id)
            item = self._video(post, parts, ask.at) if post is not None else None
            if item is not None:
                items.append(item)
        return json_answer(
            {
                "kind": "youtube#videoListResponse",
                "etag": etag(ids[0], len(items), ask.at),
                "items": items,
                "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
            }
        )

    def _list_stats(self, ask: Ask) -> Answer:
        parts = _parts(ask.query.get("part", ""))
        ids = _ids(ask.query.get("id", ""))
        if not parts or not ids or len(ids) > _MAX_IDS:
            return _error(400, "invalidParameter", "part is missing, or not 1 to 50 ids.")
        found = (self._videos.get(video_id) for video_id in dict.fromkeys(ids))
        items = [stats_resource(post, parts, ask.at) for post in found if post is not None]
        page: dict[str, Any] = {"kind": "youtube#batchGetStatsResponse"}
        page["etag"] = etag(ids[0], len(items), ask.at)
        page["items"] = [item for item in items if item is not None]
        return json_answer(page)

    def _list_comments(self, ask: Ask) -> Answer:
        size = ask.query.get("maxResults", "20")
        if ask.query.get("part") != "snippet" or not (size.isdigit() and 0 < int(size) <= 100):
            return _error(400, "invalidParameter", "part or maxResults is missing or wrong.")
        video_id = ask.query.get("videoId", "")
        start = _position(token) if (token := ask.query.get("pageToken")) else 0
        if start is None:
            return _error(400, "invalidPageToken", "The request specifies an invalid page token.")
        post = self._videos.get(video_id)
        counters = post.counters(ask.at) if post is not None else None
        if post is None or counters is None:
            return _error(404, "videoNotFound", "The video cannot be found.")
        if counters.comments is None:
            message = "The video identified by the videoId parameter has disabled comments."
            return _error(403, "commentsDisabled", message, domain="youtube.commentThread")
        items, end = self._comments.threads(post, counters.comments, start, int(size), ask.at)
        page: dict[str, Any] = {
            "kind": "youtube#commentThreadListResponse",
            "etag": etag(video_id, start, ask.at),
            "pageInfo": {"totalResults": len(items), "resultsPerPage": int(size)},
            "items": items,
        }
        if end is not None:
            page["nextPageToken"] = _token(end)
        return json_answer(page)

    def _video(self, post: Post, parts: frozenset[str], at: int) -> dict[str, Any] | None:
        counters = post.counters(at)
        if counters is None:
            return None
        item: dict[str, Any] = {
            "kind": "youtube#video",
            "etag": etag(post.post_id, counters.views, 0),
            "id": post.post_id,
        }
        if "snippet" in parts:
            item["snippet"] = self._snippet(post)
        if "contentDetails" in parts:
            item["contentDetails"] = {"dimension": "2d", "definition": "hd", "caption": "false"}
            if post.length_seconds:
                item["contentDetails"]["duration"] = duration(post.length_seconds)
        if "status" in parts:
            item["status"] = {"uploadStatus": "processed", "privacyStatus": "public"}
        if "statistics" in parts:
            item["statistics"] = {**counts(post, counters), "favoriteCount": "0"}
        if "paidProductPlacementDetails" in parts and post.has_paid_placement is not None:
            paid = {"hasPaidProductPlacement": post.has_paid_placement}
            item["paidProductPlacementDetails"] = paid
        return item

    def _snippet(self, post: Post) -> dict[str, Any]:
        snippet = self._snippets.get(post.post_id)
        if snippet is None:
            channel = self._channels[post.account_id]
            snippet = self._snippets[post.post_id] = {
                "publishedAt": iso_z(post.published),
                "channelId": post.account_id,
                "title": post.title,
                "description": post.text,
                "channelTitle": channel.title,
                "categoryId": "26",
                "liveBroadcastContent": "none",
            }
        return snippet


def _refusal(ask: Ask) -> Answer | None:
    token = TOKENS["youtube"]
    key = ask.headers.get("X-Goog-Api-Key") or ask.query.get("key")
    if key == token:
        return None
    if key is not None:
        message = "API key not valid. Please pass a valid API key."
        return _error(400, "keyInvalid", message, "INVALID_ARGUMENT")
    granted = bearer(ask.headers)
    if granted == token:
        return None
    if granted is not None:
        message = "Request had invalid authentication credentials."
        return _error(401, "authError", message, "UNAUTHENTICATED")
    message = "Method doesn't allow unregistered callers. Please use API Key."
    return _error(403, "forbidden", message, "PERMISSION_DENIED")


def _error(
    code: int,
    reason: str,
    message: str,
    status: str | None = None,
    domain: str = "youtube.parameter",
) -> Answer:
    detail = {"message": message, "domain": domain, "reason": reason}
    error: dict[str, Any] = {"code": code, "message": message, "errors": [detail]}
    if status is not None:
        detail["domain"] = "global"
        error["status"] = status
    return json_answer({"error": error}, code)


@lru_cache(maxsize=256)
def _parts(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _results(ask: Ask) -> int | None:
    text = ask.query.get("maxResults")
    if text is None:
        return _DEFAULT_RESULTS
    return int(text) if text.isdigit() and 0 < int(text) <= _MAX_IDS else None


def _token(end: int) -> str:
    return base64.urlsafe_b64encode(f"PT:{end}".encode()).decode().rstrip("=")


def _position(token: str) -> int | None:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    kind, _, end = text.partition(":")
    return int(end) if kind == "PT" and end.isdigit() else None
