"""The YouTube Data API's resources as it writes them: what is hidden or gone is absent."""

from __future__ import annotations

import base64
import zlib
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from sandbox.moments import DAY, iso_z

if TYPE_CHECKING:
    from sandbox.facts import Account, Counters, Post


def channel_resource(channel: Account, parts: frozenset[str], at: int) -> dict[str, Any]:
    """A channel; its `statistics` as anybody sees them."""
    item: dict[str, Any] = {
        "kind": "youtube#channel",
        "etag": etag(channel.account_id, 0, at // DAY),
        "id": channel.account_id,
    }
    if "snippet" in parts:
        item["snippet"] = {
            "title": channel.title,
            "description": "",
            "customUrl": channel.handle,
            "publishedAt": iso_z(channel.created),
            "country": channel.country,
        }
    if "contentDetails" in parts:
        uploads = "UU" + channel.account_id[2:]
        item["contentDetails"] = {"relatedPlaylists": {"likes": "", "uploads": uploads}}
    if "statistics" in parts:
        item["statistics"] = _channel_statistics(channel, at)
    return item


def stats_resource(post: Post, parts: frozenset[str], at: int) -> dict[str, Any] | None:
    """The same counters in the younger method's format."""
    counters = post.counters(at)
    if counters is None:
        return None
    item: dict[str, Any] = {
        "kind": "youtube#videoStats",
        "etag": etag(post.post_id, counters.views, 0),
        "id": post.post_id,
    }
    if "snippet" in parts:
        item["snippet"] = {"publishTime": iso_z(post.published)}
    if "contentDetails" in parts and post.length_seconds:
        item["contentDetails"] = {"duration": f"{post.length_seconds}s"}
    if "statistics" in parts:
        item["statistics"] = counts(post, counters)
    return item


def counts(post: Post, counters: Counters) -> dict[str, str]:
    """Counts are strings; what is hidden or switched off is absent."""
    shown = {"viewCount": str(counters.views)}
    if counters.likes is not None and not post.hides_likes:
        shown["likeCount"] = str(counters.likes)
    if counters.comments is not None:
        shown["commentCount"] = str(counters.comments)
    return shown


def _channel_statistics(channel: Account, at: int) -> dict[str, Any]:
    visible = bisect_right(channel.listed, at)
    followers = channel.growth.followers(at)
    views = channel.growth.views_total(at)
    statistics: dict[str, Any] = {} if views is None else {"viewCount": str(views)}
    if followers is not None and not channel.hides_followers:
        statistics["subscriberCount"] = str(three_digits(followers))
    statistics["hiddenSubscriberCount"] = followers is None or channel.hides_followers
    gone = sum(post.deleted_at <= at for post in channel.posts[:visible])
    statistics["videoCount"] = str(visible - gone)
    return statistics


def three_digits(count: int) -> int:
    """Rounded down to three significant digits, as subscribers are shown to everyone."""
    unit = int(10 ** max(len(str(count)) - 3, 0))
    return count // unit * unit


def playlist_item(
    post: Post, playlist: str, channel: Account, parts: frozenset[str], at: int
) -> dict[str, Any]:
    """A video in its list of uploads: a deleted one stays as a tombstone."""
    key = base64.b64encode(f"{playlist}.{post.post_id}".encode()).decode()
    item: dict[str, Any] = {
        "kind": "youtube#playlistItem",
        "etag": etag(key, 0, int(post.deleted_at <= at)),
        "id": key,
    }
    is_gone = post.deleted_at <= at
    if "snippet" in parts:
        item["snippet"] = {
            "publishedAt": iso_z(post.listed_from),
            "channelId": channel.account_id,
            "title": "Deleted video" if is_gone else post.title,
            "description": "This video is unavailable." if is_gone else post.text,
            "channelTitle": channel.title,
            "playlistId": playlist,
            "resourceId": {"kind": "youtube#video", "videoId": post.post_id},
        }
    if "contentDetails" in parts:
        details = {"videoId": post.post_id}
        if not is_gone:
            details["videoPublishedAt"] = iso_z(post.published)
        item["contentDetails"] = details
    return item


def duration(seconds: int) -> str:
    """Whole seconds as `PT1H2M3S`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + ("".join(f"{value}{unit}" for value, unit in parts if value) or "0S")


def etag(key: str, number: int, salt: int) -> str:
    """What changes when the resource does."""
    return f"{zlib.crc32(f'{key}.{number}.{salt}'.encode()):08x}"
