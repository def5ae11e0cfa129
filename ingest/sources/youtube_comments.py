"""Who comments on the brand's own videos: author, time and likes, never the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ingest.answer import value_at
from ingest.errors import Deferred, FetchFailed, IngestError, ItemRefused, Unauthorised
from ingest.page import Page, parse_instant
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.engagers import Engagers
from ingest.sources.youtube_candidates import fetch_candidates, note_engagers

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.sources.youtube_quota import Quota

# A comment gathers its likes in its first days, and a night without quota is made up for.
_REREAD_DAYS = 7
_PAGE_SIZE = 100
# A partial answer: what people wrote does not leave the vendor.
_FIELDS = (
    "kind,nextPageToken,items(id,snippet(channelId,videoId,totalReplyCount,"
    "topLevelComment(id,snippet(authorChannelId,authorDisplayName,publishedAt,updatedAt,likeCount))))"
)


@dataclass(frozen=True)
class BrandVideo:
    """A video of the brand itself."""

    account_id: str
    video_id: str


def fetch_comments(
    client: Client, job: FetchJob, writer: FetchWriter, units: Quota, videos: Sequence[BrandVideo]
) -> None:
    """Land the threads begun since the job's first day, and a week before it, newest first; then
    the channels of those who wrote them.

    Nothing that goes wrong here is raised: the night's counters have no second chance, comments do.
    Once a failure is not about one video, the videos after it are not asked for.
    """
    since = datetime.combine(job.since, time.min, UTC) - timedelta(days=_REREAD_DAYS)
    stopped: list[IngestError] = []
    engagers = Engagers()

    def threads(video: BrandVideo) -> list[Page]:
        return list(_thread_pages(client, units, video.video_id, since))

    open_videos = (video for video in videos if not stopped)
    for video, pages in answers(threads, open_videos, (ItemRefused, FetchFailed)):
        context = {"account_id": video.account_id, "video_id": video.video_id}
        if isinstance(pages, IngestError):
            writer.problem("comments", context, _reason(pages), str(pages))
            if not isinstance(pages, ItemRefused):
                stopped.append(pages)
            continue
        for number, page in enumerate(pages):
            if "items" in page.json:  # absent when there is none
                writer.write("comments", page, context | {"page": number})
                note_engagers(engagers, page)
    if not stopped:
        fetch_candidates(client, job, writer, units, engagers)


def _thread_pages(client: Client, units: Quota, video_id: str, since: datetime) -> Iterator[Page]:
    cursor = Cursor()
    while not cursor.is_finished:
        params = {
            "part": "snippet",
            "videoId": video_id,
            "order": "time",
            "maxResults": str(_PAGE_SIZE),
            "fields": _FIELDS,
        }
        if cursor.value:
            params["pageToken"] = cursor.value
        units.spend()
        page = client.get("/youtube/v3/commentThreads", params, shape={"kind": str, "items?": list})
        yield page
        items = page.json.get("items")
        # The oldest, not the last: nothing promises the order of threads begun in one second.
        begun = min(filter(None, map(_begun_at, items or ())), default=None)
        if begun is not None and begun < since:
            cursor.stop()
        else:
            cursor.advance(page.json.get("nextPageToken"))


def _begun_at(thread: Any) -> datetime | None:
    return parse_instant(value_at(thread, "snippet", "topLevelComment", "snippet", "publishedAt"))


def _reason(error: IngestError) -> str:
    if isinstance(error, ItemRefused):
        return error.reason
    if isinstance(error, Unauthorised):
        return "unauthorised"
    return "quota" if isinstance(error, Deferred) else "unavailable"
