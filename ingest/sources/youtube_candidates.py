"""The channels of those who comment on the brand's videos: whom to work with next.

A channel costs a fiftieth of a unit, so many are asked for; only those of a size that the brand
looks for have their newest videos read, for one unit a channel and one per fifty videos. All in all
some 40 units a night, of 10,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ingest.answer import rows_at, text_at
from ingest.errors import Deferred, IngestError, ItemRefused
from ingest.page import Page
from ingest.parallel import answers

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.sources.engagers import Engagers
    from ingest.sources.youtube_quota import Quota

MOST_CHANNELS = 200
MOST_READ = 25
_VIDEOS = 20
_BATCH = 50
AUTHOR = ("snippet", "topLevelComment", "snippet", "authorChannelId", "value")
_CHANNEL_FIELDS = (
    "kind,items(id,snippet(customUrl,country),contentDetails(relatedPlaylists(uploads)),"
    "statistics(subscriberCount,videoCount,hiddenSubscriberCount))"
)
_VIDEO_FIELDS = (
    "items(id,snippet(publishedAt,channelId,title,description),statistics(likeCount,commentCount))"
)


def note_engagers(engagers: Engagers, page: Page) -> None:
    """Count the authors of a page of comments."""
    for thread in rows_at(page.json, "items"):
        engagers.add_comment(text_at(thread, *AUTHOR), text_at(thread, "id"))


def fetch_candidates(
    client: Client, job: FetchJob, writer: FetchWriter, units: Quota, engagers: Engagers
) -> None:
    """Land the channels of the most frequent engagers, and newest videos of those of fitting size.

    Nothing that goes wrong here is raised: what the night has read before has no second chance.
    """
    known = {account.account_id for account in job.accounts}
    chosen = engagers.choose(MOST_CHANNELS, job.now.date(), known)
    try:
        playlists = list(_fetch_channels(client, job, writer, units, chosen))
        _fetch_videos(client, writer, units, playlists[:MOST_READ])
    except IngestError as error:
        reason = "quota" if isinstance(error, Deferred) else "unavailable"
        writer.problem("candidates", {"channels": len(chosen)}, reason, str(error))


def _fetch_channels(
    client: Client, job: FetchJob, writer: FetchWriter, units: Quota, ids: list[str]
) -> Iterator[str]:
    """Land the channels; the uploads of each whose size fits, the most frequent engager first."""
    smallest, below = job.candidate_followers
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        units.spend()
        page = client.get(
            "/youtube/v3/channels",
            {
                "part": "snippet,contentDetails,statistics",
                "id": ",".join(batch),
                "maxResults": str(_BATCH),
                "fields": _CHANNEL_FIELDS,
            },
            shape={"kind": str, "items?": list},
        )
        if "items" not in page.json:  # absent when there is none
            continue
        writer.write("candidates", page, {})  # whom nobody showed is nobody's business
        found = {text_at(row, "id"): row for row in page.json["items"]}
        for row in (found[name] for name in batch if name in found):
            # a hidden count is not sent, or sent as 0
            count = text_at(row, "statistics", "subscriberCount") or ""
            uploads = text_at(row, "contentDetails", "relatedPlaylists", "uploads")
            if uploads and count.isdecimal() and smallest <= int(count) < below:
                yield uploads


def _fetch_videos(client: Client, writer: FetchWriter, units: Quota, playlists: list[str]) -> None:
    """Land the newest videos of each list of uploads. The lists are but the way to them."""

    def newest(playlist: str) -> list[str]:
        units.spend()
        params = {
            "part": "contentDetails",
            "playlistId": playlist,
            "maxResults": str(_VIDEOS),
            "fields": "items(contentDetails(videoId))",
        }
        page = client.get("/youtube/v3/playlistItems", params, shape={"items": list})
        found = (text_at(row, "contentDetails", "videoId") for row in page.json["items"])
        return [video_id for video_id in found if video_id]

    ids = [
        video_id
        for _, listed in answers(newest, playlists, (ItemRefused,))
        if not isinstance(listed, IngestError)
        for video_id in listed
    ]

    def videos(batch: list[str]) -> Page:
        units.spend()
        params: dict[str, Any] = {
            "part": "snippet,statistics",
            "id": ",".join(batch),
            "maxResults": str(_BATCH),
            "fields": _VIDEO_FIELDS,
        }
        return client.get("/youtube/v3/videos", params, shape={"items": list})

    batches = [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
    for _, page in answers(videos, batches, ()):
        if isinstance(page, Page):
            writer.write("candidate_videos", page, {})
