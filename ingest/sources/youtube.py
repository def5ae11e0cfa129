"""YouTube Data API v3: channels, their uploads, counters of tracked videos, the brand's comments.

Counts are strings and subscribers are rounded to three digits; both are landed as they come.
Deleted and private videos are silently missing from an answer, so the ids asked for are kept in
the context. What nobody can ask for later is read first: counters before comments.
https://developers.google.com/youtube/v3/docs
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.answer import text_at, value_at
from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
)
from ingest.page import Page, parse_instant
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.youtube_candidates import AUTHOR
from ingest.sources.youtube_comments import BrandVideo, fetch_comments
from ingest.sources.youtube_errors import classify
from ingest.sources.youtube_quota import (
    QUOTA_TIME_ZONE,
    Quota,
    stats_quota,
    unit_quota,
)
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

_BATCH = 50
_BRAND = "brand"
_NEW_DAYS = 3
_WEEK = 7
_UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Video:
    """A video of the uploads that is young enough to be tracked."""

    video_id: str
    account_id: str
    published_at: datetime


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land channels, uploads, counters and the brand's comments of all the job's accounts."""
    units = unit_quota(job, writer)
    playlists = _fetch_channels(client, job, writer, units)
    videos = _fetch_uploads(client, job, writer, units, playlists)
    if "counter" in job.kinds:
        _fetch_counters(client, job, writer, units, videos)
    if "entity" in job.kinds:
        brand = {account.account_id for account in job.accounts if account.owner_id == _BRAND}
        own = [BrandVideo(v.account_id, v.video_id) for v in videos if v.account_id in brand]
        fetch_comments(client, job, writer, units, own)


def is_read_whole(video: Video, now: datetime) -> bool:
    """Whether a video's description is read tonight beside its counters.

    In its first three days it is, and then every seventh night; videos take turns by their ids, not
    by their age, so that a night's pages are as many as those of the night before. A video without
    a date is read whole.
    """
    if video.published_at == _UNDATED:
        return True
    age_days = (now.astimezone(UTC).date() - video.published_at.astimezone(UTC).date()).days
    return age_days < _NEW_DAYS or (age_days + zlib.crc32(video.video_id.encode())) % _WEEK == 0


def _fetch_counters(
    client: Client, job: FetchJob, writer: FetchWriter, units: Quota, videos: Sequence[Video]
) -> None:
    """Land every video's counters, with its description where that is due."""
    newest_first = sorted(videos, key=lambda video: (video.published_at, video.video_id))[::-1]
    # The newest is always read whole and the oldest of several never: neither stream falls silent.
    due = {video.video_id for video in newest_first[:1]}
    due |= {video.video_id for video in newest_first[:-1] if is_read_whole(video, job.now)}
    briefly = [video for video in videos if video.video_id not in due]
    due |= {*_fetch_stats(client, job, writer, briefly)}
    batches = _batches([video.video_id for video in videos if video.video_id in due])
    units.check(len(batches))
    params = {"part": "snippet,statistics,contentDetails,status,paidProductPlacementDetails"}

    def whole(ids: Sequence[str]) -> Page:
        units.spend()
        return client.get(
            "/youtube/v3/videos",
            params | {"id": ",".join(ids), "maxResults": str(_BATCH)},
            shape={"items": list},
        )

    for ids, page in answers(whole, batches, skips=()):
        if isinstance(page, Page):
            _land_counters(writer, "videos", page, ids)


def _fetch_stats(
    client: Client, job: FetchJob, writer: FetchWriter, videos: Sequence[Video]
) -> list[str]:
    """Land the counters alone; the ids that have to be read whole after all.

    The method is young and has a quota of its own: where it is refused, the old one does.
    """
    quota = stats_quota(job, writer)
    left: list[str] = []

    def stats(ids: Sequence[str]) -> Page:
        quota.spend()
        params = {"part": "statistics,snippet,contentDetails", "id": ",".join(ids)}
        return client.get("/youtube/v3/videos:batchGetStats", params, shape={"items": list})

    # These answers alone do not say whose a video is; how long they may be stored depends on it.
    owners = {video.video_id: video.account_id for video in videos}
    batches = _batches(list(owners))
    for wave in (batches[:1], batches[1:]):  # the first answer says whether there is such a method
        if left:
            return list(owners)
        for ids, answer in answers(stats, wave, (ItemRefused, FetchFailed)):
            if isinstance(answer, Page):
                told = {"account_ids": {video_id: owners[video_id] for video_id in ids}}
                _land_counters(writer, "video_stats", answer, ids, told)
            elif _is_only_this_method(answer):
                detail = f"read as videos instead: {answer}"
                writer.problem("video_stats", {"videos": len(ids)}, "metric_unsupported", detail)
                left += ids
            else:
                raise answer
    return left


def _is_only_this_method(error: IngestError) -> bool:
    """Whether another method may still answer; a status 400 or 404 has no class of its own."""
    return isinstance(error, ItemRefused | Deferred) or type(error) is FetchFailed


def _land_counters(
    writer: FetchWriter,
    stream: str,
    page: Page,
    ids: Sequence[str],
    told: Mapping[str, Any] | None = None,
) -> None:
    writer.write(stream, page, {"requested_ids": list(ids), **(told or {})})
    returned = {text_at(item, "id") for item in page.json["items"]}
    for video_id in ids:
        if video_id not in returned:
            detail = "asked for and not returned: deleted, private or not yet public"
            writer.problem(stream, {"video_id": video_id}, "not_found", detail)


def _fetch_channels(
    client: Client, job: FetchJob, writer: FetchWriter, units: Quota
) -> dict[str, str]:
    """Land the channels; the uploads playlist of each account that exists."""
    playlists: dict[str, str] = {}
    for ids in _batches(sorted({account.account_id for account in job.accounts})):
        units.spend()
        page = client.get(
            "/youtube/v3/channels",
            {
                "part": "snippet,contentDetails,statistics",
                "id": ",".join(ids),
                "maxResults": str(_BATCH),
            },
            shape={"kind": str, "items?": list},  # the vendor leaves items out when there are none
        )
        writer.write("channels", page, {"requested_ids": list(ids)})
        for channel in page.json.get("items", []):
            uploads = text_at(channel, "contentDetails", "relatedPlaylists", "uploads")
            if uploads and (channel_id := text_at(channel, "id")):
                playlists[channel_id] = uploads
        for missing in sorted(set(ids) - set(playlists)):
            writer.problem(
                "channels",
                {"account_id": missing},
                "not_found",
                "no such channel, or it has no uploads: correct account_id in the plan",
            )
    return playlists


def _fetch_uploads(
    client: Client,
    job: FetchJob,
    writer: FetchWriter,
    units: Quota,
    playlists: Mapping[str, str],
) -> list[Video]:
    """Land the uploads of each channel; all videos young enough to be tracked."""
    oldest = job.now - timedelta(days=job.track_posts_days)
    videos: dict[str, Video] = {}
    units.check(len(playlists))

    def uploads(channel: tuple[str, str]) -> list[Page]:
        return list(_upload_pages(client, units, channel[1], oldest))

    for (account_id, playlist_id), pages in answers(uploads, sorted(playlists.items())):
        context = {"account_id": account_id, "playlist_id": playlist_id}
        if isinstance(pages, IngestError):
            writer.problem("playlist_items", context, "not_found", str(pages))
            continue
        for page in pages:
            writer.write("playlist_items", page, context)
            for item in page.json["items"]:
                video_id, published_at = (
                    text_at(item, "contentDetails", "videoId"),
                    _published_at(item),
                )
                if video_id and published_at >= oldest:
                    videos.setdefault(video_id, Video(video_id, account_id, published_at))
    return list(videos.values())


def _upload_pages(
    client: Client, units: Quota, playlist_id: str, oldest: datetime
) -> Iterator[Page]:
    cursor = Cursor()
    while not cursor.is_finished:
        params = {
            "part": "snippet,contentDetails",
            "playlistId": playlist_id,
            "maxResults": str(_BATCH),
        }
        if cursor.value:
            params["pageToken"] = cursor.value
        units.spend()
        page = client.get("/youtube/v3/playlistItems", params, shape={"items": list})
        yield page
        items = page.json["items"]
        if items and _published_at(items[-1]) < oldest:
            cursor.stop()  # uploads come newest first
        else:
            cursor.advance(page.json.get("nextPageToken"))


def _published_at(item: Any) -> datetime:
    """When a playlist's video was published or, for a premiere, added: whichever is later.

    An entry without a readable date is as young as can be: it is read rather than lost.
    """
    stated = (
        parse_instant(value_at(item, "contentDetails", "videoPublishedAt")),
        parse_instant(value_at(item, "snippet", "publishedAt")),
    )
    return max((date for date in stated if date), default=_UNDATED)


def _batches(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    # In a header, not in the URL, which ends in logs and proxies.
    return {"X-Goog-Api-Key": credentials["token"]}


SOURCE = Source(
    name="youtube",
    streams=(
        Stream("channels", "counter", ("$.id",), "$.items", account_at="$.id"),
        Stream("playlist_items", "entity", ("$.contentDetails.videoId",), "$.items"),
        Stream("videos", "counter", ("$.id",), "$.items", account_at="$.snippet.channelId"),
        Stream("video_stats", "counter", ("$.id",), "$.items"),
        # A comment is its author's, whatever channel it stands on: no channel of a stranger
        # authorised us, so it is kept for as long as the vendor lets us keep a stranger's data.
        Stream("comments", "entity", ("$.id",), "$.items", account_at=f"$.{'.'.join(AUTHOR)}"),
        Stream("candidates", "entity", ("$.id",), "$.items", account_at="$.id"),
        Stream(
            "candidate_videos", "entity", ("$.id",), "$.items", account_at="$.snippet.channelId"
        ),
    ),
    url="https://youtube.googleapis.com",
    needs=("token",),
    schedule="0 2 * * *",
    reload_days=0,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    rate=20.0,
    options=("quota",),
    quota_time_zone=QUOTA_TIME_ZONE,
    # Developer Policies III.E.4; longer needs an audited amendment.
    keep_days_unauthorised=30,
)
