"""YouTube Data API v3: channels, their uploads playlists, and statistics of tracked videos.

Counts are strings and subscribers are rounded to three digits; both are landed as they come.
Deleted and private videos are silently missing from an answer, so the ids asked for are kept in
the context. https://developers.google.com/youtube/v3/docs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)
from ingest.page import Page, parse_instant
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

_BATCH = 50
_PACIFIC = ZoneInfo("America/Los_Angeles")
_UNDATED = datetime.max.replace(tzinfo=UTC)
_DAILY_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_NOT_FOUND = {"playlistNotFound", "channelNotFound", "videoNotFound"}
_BY_REASON: dict[str, type[FetchFailed]] = {
    "rateLimitExceeded": Throttled,
    "userRateLimitExceeded": Throttled,
    "backendError": VendorUnavailable,
    "SERVICE_UNAVAILABLE": VendorUnavailable,
    "keyInvalid": Unauthorised,
    "keyExpired": Unauthorised,
    "authError": Unauthorised,
    "accessNotConfigured": Unauthorised,
}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land channels, uploads and video statistics of all the job's accounts."""
    playlists = _fetch_channels(client, job, writer)
    video_ids = _fetch_uploads(client, job, writer, playlists)
    if "counter" not in job.kinds:
        return
    params = {"part": "snippet,statistics,contentDetails,status,paidProductPlacementDetails"}

    def videos(ids: Sequence[str]) -> Page:
        return client.get(
            "/youtube/v3/videos",
            params | {"id": ",".join(ids), "maxResults": str(_BATCH)},
            shape={"items": list},
        )

    for ids, page in answers(videos, _batches(video_ids), skips=()):
        if isinstance(page, Page):
            writer.write("videos", page, {"requested_ids": list(ids)})


def _fetch_channels(client: Client, job: FetchJob, writer: FetchWriter) -> dict[str, str]:
    """Land the channels; the uploads playlist of each account that exists."""
    playlists: dict[str, str] = {}
    for ids in _batches(sorted({account.account_id for account in job.accounts})):
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
            uploads = _at(channel, "contentDetails", "relatedPlaylists", "uploads")
            if uploads and (channel_id := _at(channel, "id")):
                playlists[channel_id] = uploads
        for missing in sorted(set(ids) - set(playlists)):
            writer.problem(
                "channels",
                {"account_id": missing},
                "not_found",
                "no such channel, or it has no uploads",
            )
    return playlists


def _fetch_uploads(
    client: Client, job: FetchJob, writer: FetchWriter, playlists: Mapping[str, str]
) -> list[str]:
    """Land the uploads of each channel; the ids of all videos young enough to be tracked."""
    oldest = job.now - timedelta(days=job.track_posts_days)
    video_ids: dict[str, None] = {}

    def uploads(channel: tuple[str, str]) -> list[Page]:
        return list(_upload_pages(client, channel[1], oldest))

    for (account_id, playlist_id), pages in answers(uploads, sorted(playlists.items())):
        context = {"account_id": account_id, "playlist_id": playlist_id}
        if isinstance(pages, IngestError):
            writer.problem("playlist_items", context, "not_found", str(pages))
            continue
        for page in pages:
            writer.write("playlist_items", page, context)
            young = [item for item in page.json["items"] if _published_at(item) >= oldest]
            found = [_at(item, "contentDetails", "videoId") for item in young]
            video_ids |= dict.fromkeys(video_id for video_id in found if video_id)
    return list(video_ids)


def _upload_pages(client: Client, playlist_id: str, oldest: datetime) -> Iterator[Page]:
    cursor = Cursor()
    while not cursor.is_finished:
        params = {
            "part": "snippet,contentDetails",
            "playlistId": playlist_id,
            "maxResults": str(_BATCH),
        }
        if cursor.value:
            params["pageToken"] = cursor.value
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
        parse_instant(_at(item, "contentDetails", "videoPublishedAt")),
        parse_instant(_at(item, "snippet", "publishedAt")),
    )
    return max((date for date in stated if date), default=_UNDATED)


def _batches(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for, by `errors[0].reason`; statuses alone mislead here."""
    error = page.json.get("error") if isinstance(page.json, dict) and page.status >= 400 else None
    if isinstance(error, str):  # the token endpoint answers {"error": "text"}
        return Unauthorised(f"YouTube: {error}") if page.status in {400, 401} else None
    if not isinstance(error, dict):
        return None
    listed = [item for item in error.get("errors") or [] if isinstance(item, dict)]
    reason = str(listed[0].get("reason") if listed else error.get("status"))
    what = f"YouTube {page.status} {reason}: {error.get('message', '')}"
    if reason in _DAILY_QUOTA:
        return Deferred(what, _seconds_to_pacific_midnight(page.observed_at))
    if reason in _NOT_FOUND:
        return ItemRefused("not_found", what)
    details = error.get("details") or []
    if any(_at(detail, "reason") == "API_KEY_INVALID" for detail in details):
        return Unauthorised(what)
    kind = _BY_REASON.get(reason)
    return kind(what) if kind else None


def _seconds_to_pacific_midnight(now: datetime) -> float:
    local = now.astimezone(_PACIFIC)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), _PACIFIC)
    return midnight.timestamp() - now.timestamp()


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    # In a header, not in the URL, which ends in logs and proxies.
    return {"X-Goog-Api-Key": credentials["token"]}


SOURCE = Source(
    name="youtube",
    streams=(
        Stream("channels", "counter", ("$.id",), "$.items", account_at="$.id"),
        Stream("playlist_items", "entity", ("$.contentDetails.videoId",), "$.items"),
        Stream("videos", "counter", ("$.id",), "$.items", account_at="$.snippet.channelId"),
    ),
    url="https://youtube.googleapis.com",
    needs=("token",),
    schedule="0 2 * * *",
    reload_days=0,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    rate=20.0,
    # Developer Policies III.E.4; longer needs an audited amendment.
    keep_days_unauthorised=30,
)
