"""TikTok Business (Accounts) API: each account's days, and its videos with reach and saves.

Every account has a token of its own. The status is 200 even for errors: `code` 0 is success.
https://business-api.tiktok.com/portal/docs
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import orjson

from ingest.errors import (
    Deferred,
    FetchFailed,
    IngestError,
    ItemRefused,
    Throttled,
    TokenExpired,
    Unauthorised,
    VendorUnavailable,
)
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.tiktok import is_past, next_cursor, told
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

_BASE = "/open_api/v1.3/business"
_PAGE_SIZE = 20
_DAYS_BACK = 60
_LIMIT_SECONDS = 300.0
_ACCOUNT_FIELDS = (
    "username", "followers_count", "video_views", "unique_video_views", "profile_views", "likes",
    "comments", "shares", "engaged_audience", "bio_link_clicks", "daily_total_followers",
    "daily_new_followers", "daily_lost_followers",
)  # fmt: skip
# Without item_id the rows have no name.
_VIDEO_FIELDS = (
    "item_id", "create_time", "caption", "share_url", "is_ad", "video_duration", "video_views",
    "likes", "comments", "shares", "favorites", "reach", "total_time_watched",
    "average_time_watched", "full_video_watched_rate", "website_clicks", "impression_sources",
)  # fmt: skip
_ENVELOPE = {"code": int, "data": dict}
# What the owner has to grant, by stream.
_SCOPES = {"account_days": "user.insights", "videos": "video.list and video.insights"}
_TOKEN_CODES = {40104, 40105}
_PARAMETER_CODES = {40001, 40002}
_PERMISSION = re.compile(r"permission|scope|authori[sz]", re.IGNORECASE)
_DAILY = re.compile(r"\b(daily|day|qpd)\b", re.IGNORECASE)
_SKIPS: tuple[type[IngestError], ...] = (ItemRefused, Unauthorised)
# Stream, kind, what asks for one account, what the context adds, where the rows are in `data`.
_Wave = tuple[str, str, Callable[[str], list["Page"]], dict[str, str], str]


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the authorised accounts' days and videos; FetchFailed when all refuse everything."""
    account_ids = sorted({a.account_id for a in job.accounts if a.is_authorised})
    open_ids = set(account_ids)
    refusal: IngestError | None = None
    detail, is_empty = "", True
    today = job.now.astimezone(UTC).date()
    since = max(job.since, today - timedelta(days=_DAYS_BACK))
    until = min(job.until, today - timedelta(days=1))
    days = {"since": since.isoformat(), "until": until.isoformat()}
    oldest = job.now - timedelta(days=job.track_posts_days)

    def account_days(account_id: str) -> list[Page]:
        dates = {"start_date": days["since"], "end_date": days["until"]}
        params = _params(account_id, _ACCOUNT_FIELDS, **dates)
        shape = _ENVELOPE | {"data.metrics?": list}
        return [client.get(f"{_BASE}/get/", params, shape=shape, account=account_id)]

    def videos(account_id: str) -> list[Page]:
        return _video_pages(client, account_id, oldest)

    streams: tuple[_Wave, ...] = (
        ("account_days", "dated", account_days, days, "metrics"),
        ("videos", "counter", videos, {}, "videos"),
    )
    for stream, kind, ask, asked, rows_at in streams:
        if kind not in job.kinds or (kind == "dated" and since > until):
            continue
        for account_id, answer in answers(ask, [i for i in account_ids if i in open_ids], _SKIPS):
            context = {"account_id": account_id, **asked}
            if isinstance(answer, IngestError):
                refusal, (reason, detail) = answer, told(answer, stream, _SCOPES)
                writer.problem(stream, context, reason, detail)
                if isinstance(answer, Unauthorised):
                    open_ids.discard(account_id)
                continue
            is_empty = False
            for page in answer:
                if rows_at in page.json["data"]:
                    writer.write(stream, page, context)
                elif stream == "account_days":
                    writer.problem(stream, context, "not_ready", "the answer has no days")
    if refusal and is_empty:
        error = Unauthorised if isinstance(refusal, Unauthorised) else FetchFailed
        raise error(f"TikTok Business refuses every account: {detail}")


def _params(account_id: str, fields: Sequence[str], **asked: str) -> dict[str, str]:
    return {"business_id": account_id, "fields": orjson.dumps(fields).decode(), **asked}


def _video_pages(client: Client, account_id: str, oldest: datetime) -> list[Page]:
    """The account's videos, newest first, until they are too old; a page may well be empty."""
    pages: list[Page] = []
    cursor = Cursor()
    shape = _ENVELOPE | {"data.has_more": bool, "data.videos?": list}
    while not cursor.is_finished:
        asked = {"cursor": cursor.value or "0", "max_count": str(_PAGE_SIZE)}
        params = _params(account_id, _VIDEO_FIELDS, **asked)
        page = client.get(f"{_BASE}/video/list/", params, shape=shape, account=account_id)
        pages.append(page)
        if is_past(page.json["data"].get("videos", ()), oldest):
            cursor.stop()
        else:
            cursor.advance(next_cursor(page))
    return pages


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for, by its `code`, whatever the status."""
    body = page.json if isinstance(page.json, dict) else {}
    code = body.get("code")
    if not isinstance(code, int) or code == 0:
        return None
    message = str(body.get("message"))
    what = f"TikTok Business {code}: {message} (request_id {body.get('request_id')})"
    if code == 40100:
        # One code for the minute's limit and the day's; only the message tells them apart.
        if _DAILY.search(message):
            return Deferred(what, _seconds_to_midnight(page.observed_at))
        return Throttled(what, _LIMIT_SECONDS)
    if code in _TOKEN_CODES:
        return TokenExpired(what)
    if code in _PARAMETER_CODES:
        # The question is the same for all accounts, so it is this account that does not fit it.
        is_scope = _PERMISSION.search(message) is not None
        mend = "" if is_scope else " (correct account_id in the plan and in the token's pair)"
        return ItemRefused("permission" if is_scope else "not_found", what + mend)
    return VendorUnavailable(what) if 50000 <= code < 60000 else FetchFailed(what)


def _seconds_to_midnight(now: datetime) -> float:
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return (datetime.combine(tomorrow, time(), UTC) - now).total_seconds()


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Access-Token": credentials["token"]}


SOURCE = Source(
    name="tiktok_business",
    streams=(
        Stream("account_days", "dated", ("$.date",), "$.data.metrics"),
        Stream("videos", "counter", ("$.item_id",), "$.data.videos"),
    ),
    url="https://business-api.tiktok.com",
    needs=("token",),
    schedule="15 3 * * *",
    reload_days=7,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    platform="tiktok",
    has_token_by_account=True,
    rate=9.0,  # an app has 10 a second and 600 a minute
    max_wait=2 * _LIMIT_SECONDS,
)
