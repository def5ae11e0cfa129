"""TikTok Display API: each authorised account and its public videos.

Every account has a token of its own. An answer is good when `error.code` says "ok", whatever the
status; private and deleted videos are silently missing. https://developers.tiktok.com/doc
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.errors import (
    FetchFailed,
    IncompletePage,
    IngestError,
    ItemRefused,
    Throttled,
    TokenExpired,
    Unauthorised,
    VendorUnavailable,
)
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

_PAGE_SIZE = 20
_USER_FIELDS = (
    "open_id,union_id,display_name,follower_count,following_count,likes_count,video_count"
)
_VIDEO_FIELDS = (
    "id,create_time,title,video_description,duration,share_url,view_count,like_count,"
    "comment_count,share_count"
)
# What the owner has to grant, by stream.
_SCOPES = {"accounts": "user.info.basic and user.info.stats", "videos": "video.list"}
_ERROR = {"error.code": str}
_BY_CODE: dict[str, type[FetchFailed]] = {
    "access_token_invalid": TokenExpired,
    "rate_limit_exceeded": Throttled,
    "internal_error": VendorUnavailable,
}
_SKIPS: tuple[type[IngestError], ...] = (ItemRefused, Unauthorised)


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the authorised accounts and their videos; FetchFailed when all refuse everything."""
    account_ids = sorted({a.account_id for a in job.accounts if a.is_authorised})
    oldest = job.now - timedelta(days=job.track_posts_days)
    open_ids = set(account_ids)
    refusal: IngestError | None = None
    detail, is_empty = "", True

    def account(account_id: str) -> list[Page]:
        return [_account_page(client, account_id)]

    def videos(account_id: str) -> list[Page]:
        return _video_pages(client, account_id, oldest)

    for stream, ask in (("accounts", account), ("videos", videos)):
        for account_id, answer in answers(ask, [i for i in account_ids if i in open_ids], _SKIPS):
            context = {"account_id": account_id}
            if isinstance(answer, IngestError):
                refusal, (reason, detail) = answer, told(answer, stream, _SCOPES)
                writer.problem(stream, context, reason, detail)
                if isinstance(answer, Unauthorised):
                    open_ids.discard(account_id)
                continue
            is_empty = False
            for page in answer:
                writer.write(stream, page, context)
    if refusal and is_empty:
        kind = Unauthorised if isinstance(refusal, Unauthorised) else FetchFailed
        raise kind(f"TikTok refuses every account: {detail}")


def told(error: IngestError, stream: str, scopes: Mapping[str, str]) -> tuple[str, str]:
    """Reason and detail of a refusal; the scopes that its stream needs are named."""
    if not isinstance(error, ItemRefused):
        return "unauthorised", str(error)
    if error.reason == "permission":
        return error.reason, f"{error.detail}; {stream} needs {scopes[stream]}"
    return error.reason, error.detail


def _account_page(client: Client, account_id: str) -> Page:
    page = client.get(
        "/v2/user/info/",
        {"fields": _USER_FIELDS},
        shape=_ERROR | {"data.user": dict},
        account=account_id,
    )
    found = page.json["data"]["user"].get("open_id")
    if found and found != account_id:
        # Pairs of the setting that got mixed up would give one person's numbers to another.
        raise Unauthorised(
            f"the token of account {account_id} belongs to another account: mend the pair in the"
            " setting, or account_id in the plan"
        )
    return page


def _video_pages(client: Client, account_id: str, oldest: datetime) -> list[Page]:
    """The account's videos, newest first, until they are too old; a page may well be empty."""
    pages: list[Page] = []
    cursor = Cursor()
    while not cursor.is_finished:
        body: dict[str, Any] = {"max_count": _PAGE_SIZE}
        if cursor.value:
            body["cursor"] = int(cursor.value)
        page = client.post(
            "/v2/video/list/",
            body,
            params={"fields": _VIDEO_FIELDS},
            shape=_ERROR | {"data.has_more": bool, "data.videos?": list},
            account=account_id,
        )
        data = page.json["data"]
        if "videos" in data:
            pages.append(page)
        if is_past(data.get("videos", ()), oldest):
            cursor.stop()
        else:
            cursor.advance(next_cursor(page))
    return pages


def next_cursor(page: Page) -> str | None:
    """Where the next page begins (milliseconds), None after the last one.

    `has_more` alone says whether there is one: the last page has a cursor too.
    """
    data = page.json["data"]
    if not data["has_more"]:
        return None
    cursor = data.get("cursor")
    if not str(cursor).isdecimal() or not int(cursor):
        raise IncompletePage(f"{page.request['path']}: has_more, but the cursor is {cursor!r}")
    return str(cursor)


def is_past(videos: Iterable[Any], oldest: datetime) -> bool:
    """Whether the last video of a page is older than that; one without a date never is."""
    created = None
    for video in videos:
        created = video.get("create_time") if isinstance(video, dict) else None
    if not str(created).isdecimal():
        return False
    return int(str(created)) < oldest.astimezone(UTC).timestamp()


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for, by `error.code`, which may come with status 200."""
    error = page.json.get("error") if isinstance(page.json, dict) else None
    if isinstance(error, str):  # the token endpoint: {"error": "invalid_grant", ...}
        text = page.json.get("error_description") or "no description"
        what = f"TikTok {page.status} {error}: {text} (log_id {page.json.get('log_id')})"
        return Unauthorised(what) if page.status < 429 else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(code, str) or code == "ok":
        return None
    what = f"TikTok {page.status} {code}: {error.get('message')} (log_id {error.get('log_id')})"
    if code.startswith("scope_"):
        return ItemRefused("permission", what)
    kind = _BY_CODE.get(code)
    if kind is not None:
        return kind(what)
    # An unknown code goes by its status, where that is one of an error.
    return FetchFailed(what) if page.status < 400 or page.status in {400, 404} else None


def _renew(client: Client, held: Mapping[str, str]) -> Mapping[str, str]:
    """A new access token, valid for a day, and the refresh token that replaces the one used."""
    form = {
        "client_key": held["client_key"],
        "client_secret": held["client_secret"],
        "grant_type": "refresh_token",
        "refresh_token": held.get("refresh_token") or held["token"],
    }
    page = client.post_form("/v2/oauth/token/", form, shape={"access_token": str})
    return {
        "access_token": page.json["access_token"],
        "refresh_token": str(page.json.get("refresh_token") or ""),
    }


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credentials['access_token']}"}


SOURCE = Source(
    name="tiktok",
    streams=(
        Stream("accounts", "counter", ("$.open_id",), "$.data.user"),
        Stream("videos", "counter", ("$.id",), "$.data.videos"),
    ),
    url="https://open.tiktokapis.com",
    needs=("client_key", "client_secret", "token"),
    schedule="45 2 * * *",
    reload_days=0,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    renew=_renew,
    has_token_by_account=True,
    rate=9.0,  # 600 a minute and endpoint, over a sliding window
)
