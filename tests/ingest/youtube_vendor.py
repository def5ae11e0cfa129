"""A YouTube on loopback: three pages of uploads a channel, counters by both methods."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest_vendor import NOW, Call, landed_pages, reply

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.manifest import Manifest


def channel(channel_id: str) -> dict[str, Any]:
    uploads = {"likes": "", "uploads": f"UU{channel_id[2:]}"}
    return {
        "id": channel_id,
        "contentDetails": {"relatedPlaylists": uploads},
        "statistics": {"viewCount": "10", "hiddenSubscriberCount": True},
    }


def upload(video_id: str, days_old: float) -> dict[str, Any]:
    at = (NOW - timedelta(days=days_old)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "snippet": {"publishedAt": at},
        "contentDetails": {"videoId": video_id, "videoPublishedAt": at},
    }


def error(status: int, reason: str, **more: Any) -> web.StreamResponse:
    listed = [{"message": "m", "domain": "youtube", "reason": reason}]
    body = {"error": {"code": status, "message": "no", "errors": listed, **more}}
    return reply(body, status)


class YouTube:
    """Three pages of uploads a channel: young, old, and one that must never be asked for."""

    def __init__(self, missing: str = "") -> None:
        self.missing = missing

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        what = call.path.rsplit("/", 1)[1]
        if what == "channels":
            ids = [i for i in call.query["id"].split(",") if i != self.missing]
            items = {"items": [channel(i) for i in ids]} if ids else {}
            return reply({"kind": "youtube#channelListResponse", **items})
        if what in {"videos", "videos:batchGetStats"}:
            ids = call.query["id"].split(",")
            return reply({"items": [{"id": i} for i in ids if i != self.missing]})
        return self.uploads(call)

    def uploads(self, call: Call) -> web.StreamResponse:
        name = call.query["playlistId"]
        pages = {
            None: ([upload(f"{name}-a", 1), upload(f"{name}-b", 50)], "P2"),
            "P2": ([upload(f"{name}-c", 89), upload(f"{name}-d", 91)], "P3"),
        }
        items, token = pages[call.query.get("pageToken")]
        return reply({"items": items, "nextPageToken": token})


def requested(manifest: Manifest) -> list[str]:
    """The ids of all videos whose counters were asked for, by either method."""
    pages = [page for s in ("videos", "video_stats") for page in landed_pages(manifest, s)]
    return sorted(video for page in pages for video in page["context"]["requested_ids"])
