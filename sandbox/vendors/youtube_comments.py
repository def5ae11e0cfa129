"""Comment threads below a video: who wrote, when, and how liked it is.

A video's comments are those its counter counts: the k-th was written when the counter reached k.
Their authors come out of the video's and the comment's names, not out of a draw: some come back to
the same channel again and again, and some are creators themselves.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sandbox.moments import iso_z

if TYPE_CHECKING:
    from sandbox.facts import Account, Post

_FANS = 250
_CREATOR_EVERY = 9


class Comments:
    """The comments of all videos."""

    def __init__(self, channels: Sequence[Account], strangers: Sequence[Account] = ()) -> None:
        self._channels, self._strangers = channels, strangers
        self._times: dict[str, dict[int, int]] = {}

    def threads(
        self, post: Post, count: int, start: int, size: int, at: int
    ) -> tuple[list[dict[str, Any]], int | None]:
        """`size` threads from the `start`-th newest of `count` on; where the next page starts."""
        numbers = range(count - start, max(count - start - size, 0), -1)
        end = start + len(numbers)
        return [self._thread(post, k, at) for k in numbers], end if end < count else None

    def _thread(self, post: Post, k: int, at: int) -> dict[str, Any]:
        channel_id, handle = self._author(post, k)
        key = f"Ug{_letters(f'{post.post_id}.{k}', 24)}"
        written, draw = iso_z(self._written_at(post, k, at)), _draw(f"{key}.likes")
        text = f"Comment {k} on {post.title}"
        return {
            "kind": "youtube#commentThread",
            "etag": f"{zlib.crc32(key.encode()):08x}",
            "id": key,
            "snippet": {
                "channelId": post.account_id,
                "videoId": post.post_id,
                "topLevelComment": {
                    "kind": "youtube#comment",
                    "etag": f"{zlib.crc32(key.encode(), 1):08x}",
                    "id": key,
                    "snippet": {
                        "channelId": post.account_id,
                        "videoId": post.post_id,
                        "textDisplay": text,
                        "textOriginal": text,
                        "authorDisplayName": handle,
                        "authorProfileImageUrl": f"https://cdn.example/{channel_id}.jpg",
                        "authorChannelUrl": f"http://www.youtube.com/{handle}",
                        "authorChannelId": {"value": channel_id},
                        "canRate": True,
                        "viewerRating": "none",
                        "likeCount": int(30 * draw**6),
                        "publishedAt": written,
                        "updatedAt": written,
                    },
                },
                "canReply": True,
                "totalReplyCount": int(4 * draw**3),
                "isPublic": True,
            },
        }

    def _author(self, post: Post, k: int) -> tuple[str, str]:
        # The square makes a few fans write much and most of them once.
        fan = int(_FANS * _draw(f"{post.post_id}.{k}.author") ** 2)
        if fan % _CREATOR_EVERY == 4 and self._channels:
            creator = self._channels[fan % len(self._channels)]
            if creator.account_id != post.account_id:
                return creator.account_id, creator.handle
        if fan % _CREATOR_EVERY == 7 and self._strangers:
            stranger = self._strangers[fan % len(self._strangers)]
            return stranger.account_id, stranger.handle
        return f"UC{_letters(f'{post.account_id}.{fan}', 22)}", f"@fan{fan:03d}"

    def _written_at(self, post: Post, k: int, at: int) -> int:
        """The first second at which the video has k comments."""
        known = self._times.setdefault(post.post_id, {})
        if k not in known:
            low, high = post.published, at
            while low < high:
                middle = (low + high) // 2
                counters = post.counters(middle)
                if counters is not None and (counters.comments or 0) >= k:
                    high = middle
                else:
                    low = middle + 1
            known[k] = low
        return known[k]


@lru_cache(maxsize=65_536)
def _letters(name: str, length: int) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def _draw(name: str) -> float:
    """A number from 0 to 1 that belongs to a name."""
    return zlib.crc32(name.encode()) / 2**32
