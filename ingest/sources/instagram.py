"""Instagram Graph API: accounts, their insights by day, posts, and each post's insights.

Five waves, each of many small calls; what one wave refuses is recorded and left out of the next.
https://developers.facebook.com/docs/instagram-platform
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ingest.errors import FetchFailed, IngestError, ItemRefused, PageTooLarge, Unauthorised
from ingest.page import Page, parse_instant
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.instagram_errors import classify, pace
from ingest.sources.instagram_insights import (
    MetricAnswers,
    Question,
    ask,
    post_metrics,
    user_questions,
)
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

VERSION = "v25.0"
_PAGE_SIZE = 100
_SETTLES_AFTER = timedelta(days=3)  # 48 hours, on top of a day that ends in California
_SKIPS: tuple[type[IngestError], ...] = (ItemRefused, Unauthorised)
_ACCOUNT_FIELDS = "id,username,name,followers_count,follows_count,media_count"
_MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,timestamp,permalink,shortcode,like_count,"
    "comments_count,username"
)


@dataclass(frozen=True)
class Post:
    """A post whose insights are to be read."""

    account_id: str
    media_id: str
    product_type: str
    posted_on: date


def is_insights_night(posted_on: date, today: date, track_posts_days: int) -> bool:
    """Whether a post's insights are read tonight: nightly for 28 days, then every seventh day.

    Days are UTC dates, so that a night that starts a minute later never skips a reading.
    """
    age_days = (today - posted_on).days
    return age_days <= min(28, track_posts_days) or (
        age_days <= track_posts_days and age_days % 7 == 0
    )


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land everything of the authorised accounts; Unauthorised when no account lets us in."""
    night = _Night(client, job, writer)
    night.fetch_accounts()
    if "dated" in job.kinds:
        night.fetch_user_insights()
    if "counter" in job.kinds:
        again = night.fetch_media_insights(night.fetch_media(), is_last_try=False)
        night.fetch_media_insights(again, is_last_try=True)


class _Night:
    """One fetch; `open_ids` are the accounts that still let us in.

    The questions of a wave are drawn one by one, so an account that shuts is not asked further.
    """

    def __init__(self, client: Client, job: FetchJob, writer: FetchWriter) -> None:
        self._client, self._job, self._writer = client, job, writer
        self._today = job.now.astimezone(UTC).date()
        self._account_ids = sorted({a.account_id for a in job.accounts if a.is_authorised})
        self._open_ids = set(self._account_ids)

    def fetch_accounts(self) -> None:
        """Land each account's own numbers; an account that refuses them is left out."""

        def account(account_id: str) -> Page:
            fields = {"fields": _ACCOUNT_FIELDS}
            return self._client.get(_path(account_id), fields, shape={"id": str})

        refusal: IngestError | None = None
        for account_id, answer in answers(account, self._account_ids, _SKIPS):
            context = {"account_id": account_id}
            if isinstance(answer, IngestError):
                self._record("accounts", context, answer)
                self._open_ids.discard(account_id)
                refusal = answer
            else:
                self._writer.write("accounts", answer, context)
        if refusal and not self._open_ids:
            raise FetchFailed(f"Instagram refuses every account: {refusal}")

    def fetch_user_insights(self) -> None:
        """Land the figures of each account's days."""
        questions = (
            (account_id, question)
            for account_id in self._account_ids
            for question in user_questions(self._job.since, self._job.until, self._job.now)
            if account_id in self._open_ids
        )

        def insights(item: tuple[str, Question]) -> MetricAnswers:
            account_id, question = item
            path = _path(account_id, "insights")
            return ask(self._client, path, question.metrics, question.params)

        for (account_id, question), answer in answers(insights, questions, _SKIPS):
            context = {"account_id": account_id} | question.context
            self._land_metrics("user_insights", context, answer, question.last_day)

    def fetch_media(self) -> list[Post]:
        """Land each account's posts; those whose insights are due tonight."""
        oldest = self._job.now - timedelta(days=self._job.track_posts_days)
        open_ids = (a for a in self._account_ids if a in self._open_ids)
        due: dict[str, Post] = {}
        for account_id, answer in answers(
            lambda account_id: _media_pages(self._client, account_id, oldest), open_ids, _SKIPS
        ):
            context = {"account_id": account_id}
            if isinstance(answer, IngestError):
                self._record("media", context, answer)
                continue
            for page in answer:
                self._writer.write("media", page, context)
                found = (self._due_post(account_id, media) for media in page.json["data"])
                due |= {post.media_id: post for post in found if post}
        return list(due.values())

    def _due_post(self, account_id: str, media: Any) -> Post | None:
        if not isinstance(media, dict) or not media.get("id"):
            return None
        # A post without a date is as young as can be: it is read rather than lost.
        posted_on = (_posted_at(media) or self._job.now).astimezone(UTC).date()
        if not is_insights_night(posted_on, self._today, self._job.track_posts_days):
            return None
        return Post(account_id, media["id"], media.get("media_product_type") or "FEED", posted_on)

    def fetch_media_insights(self, posts: list[Post], *, is_last_try: bool) -> list[Post]:
        """Land each post's insights; the posts to be asked for once more, later.

        "No such object" is at times a rate limit in disguise (code 100, subcode 33).
        """

        def insights(post: Post) -> MetricAnswers:
            path = _path(post.media_id, "insights")
            return ask(self._client, path, post_metrics(post.product_type))

        again: list[Post] = []
        open_posts = (post for post in posts if post.account_id in self._open_ids)
        for post, answer in answers(insights, open_posts, _SKIPS):
            is_gone = isinstance(answer, ItemRefused) and answer.reason == "not_found"
            if is_gone and not is_last_try:
                again.append(post)
                continue
            context = {
                "account_id": post.account_id,
                "media_id": post.media_id,
                "media_product_type": post.product_type,
            }
            self._land_metrics("media_insights", context, answer, post.posted_on)
        return again

    def _land_metrics(
        self, stream: str, context: dict[str, str], answer: MetricAnswers | IngestError, day: date
    ) -> None:
        """Land the pages; an empty list is unknown, not zero, and odd once figures settled."""
        if isinstance(answer, IngestError):
            self._record(stream, context, answer)
            return
        for page in answer.pages:
            self._writer.write(stream, page, context)
            if not page.json["data"] and self._today - day > _SETTLES_AFTER:
                asked = page.request["params"]["metric"]
                self._writer.problem(stream, context, "not_ready", f"no data yet for {asked}")
        for metric, refusal in answer.refused.items():
            self._record(stream, context | {"metric": metric}, refusal)

    def _record(self, stream: str, context: dict[str, str], error: IngestError) -> None:
        if isinstance(error, ItemRefused):
            self._writer.problem(stream, context, error.reason, error.detail)
            return
        self._writer.problem(stream, context, "unauthorised", str(error))
        self._open_ids.discard(context["account_id"])
        if not self._open_ids:
            raise Unauthorised(f"Instagram lets us into no account: {error}")


def _media_pages(client: Client, account_id: str, oldest: datetime) -> list[Page]:
    pages: list[Page] = []
    cursor = Cursor()
    size = _PAGE_SIZE
    while not cursor.is_finished:
        params = {"fields": _MEDIA_FIELDS, "limit": str(size)}
        if cursor.value:
            params["after"] = cursor.value
        try:
            page = client.get(_path(account_id, "media"), params, shape={"data": list})
        except PageTooLarge as error:
            if size == 1:
                raise FetchFailed(f"a page of one post is still too large: {error}") from error
            size //= 2
            continue
        pages.append(page)
        last = _posted_at(page.json["data"][-1]) if page.json["data"] else None
        if last is not None and last < oldest:
            cursor.stop()  # newest first: nothing younger follows
        else:
            cursor.advance(_next_cursor(page.json.get("paging") or {}))
    return pages


def _next_cursor(paging: Mapping[str, Any]) -> str | None:
    """The cursor after this page: the last page has one too, but no `next`.

    The URL in `next` is never followed: it holds the token and could name any host.
    """
    if not paging.get("next"):
        return None
    cursor = (paging.get("cursors") or {}).get("after")
    if not cursor:
        raise FetchFailed("Instagram promises another page of posts but gives no cursor")
    return str(cursor)


def _path(node_id: str, edge: str = "") -> str:
    path = f"/{VERSION}/{quote(node_id, safe='')}"
    return f"{path}/{edge}" if edge else path


def _posted_at(media: Any) -> datetime | None:
    return parse_instant(media.get("timestamp")) if isinstance(media, dict) else None


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credentials['token']}"}


SOURCE = Source(
    name="instagram",
    streams=(
        Stream("accounts", "counter", ("$.id",)),
        Stream("user_insights", "dated", ("$.name",), "$.data"),
        Stream("media", "counter", ("$.id",), "$.data"),
        Stream("media_insights", "counter", ("$.name",), "$.data"),
    ),
    url="https://graph.facebook.com",
    needs=("token",),
    schedule="30 2 * * *",
    reload_days=2,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    pace=pace,
    rate=20.0,
)
