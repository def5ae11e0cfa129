"""How every fetch of Instagram asks: addresses, pages, insights, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from ingest.errors import (
    FetchFailed,
    IncompletePage,
    IngestError,
    ItemRefused,
    PageTooLarge,
    Unauthorised,
)
from ingest.page import parse_instant
from ingest.pagination import Cursor
from ingest.parallel import answers
from ingest.sources.instagram_insights import MetricAnswers, ask, post_metrics

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

Answer = TypeVar("Answer")

VERSION = "v25.0"
BRAND = "brand"  # the plan's owner of the brand's own accounts
SKIPS: tuple[type[IngestError], ...] = (ItemRefused, Unauthorised)
_PAGE_SIZE = 100
_SETTLES_AFTER = timedelta(days=3)  # 48 hours, on top of a day that ends in California
# What a token must be allowed to do for each stream, told when the vendor refuses it.
_SCOPES = {
    "accounts": "instagram_basic",
    "media": "instagram_basic",
    "user_insights": "instagram_manage_insights",
    "media_insights": "instagram_manage_insights",
    "stories": "instagram_basic",
    "story_insights": "instagram_manage_insights",
    "discovery_accounts": "instagram_basic and instagram_manage_insights",
    "comments": "instagram_manage_comments",
    "candidates": "instagram_basic and instagram_manage_insights",
    "tags": "instagram_manage_comments",
}
_WRONG_ID = "correct account_id in the plan, or have its owner give access"
# What to do about an account that is not there, by the stream that meets it first.
_OF_ACCOUNTS = {
    "accounts": _WRONG_ID,
    "stories": _WRONG_ID,
    "discovery_accounts": "correct the handle in the plan; a private or personal account shows"
    " nothing to others",
}


@dataclass(frozen=True)
class Post:
    """A post whose insights are to be read."""

    account_id: str
    media_id: str
    product_type: str
    posted_on: date


class Visit:
    """One fetch; `open_ids` are the authorised accounts that still let us in.

    The questions of a wave are drawn one by one, so an account that shuts is not asked further.
    """

    def __init__(self, client: Client, job: FetchJob, writer: FetchWriter) -> None:
        self.client, self.job, self.writer = client, job, writer
        self.today = job.now.astimezone(UTC).date()
        self.account_ids = sorted({a.account_id for a in job.accounts if a.is_authorised})
        self.brand_ids = sorted(
            {a.account_id for a in job.accounts if a.is_authorised and a.owner_id == BRAND}
        )
        self.open_ids = set(self.account_ids)

    def ask_accounts(
        self, stream: str, task: Callable[[str], Answer]
    ) -> Iterator[tuple[str, Answer]]:
        """(account_id, answer) of the first wave; an account that refuses is left out for good.

        FetchFailed when they all refuse.
        """
        refusal = ""
        for account_id, answer in answers(task, self.account_ids, SKIPS):
            if isinstance(answer, IngestError):
                self.record(stream, {"account_id": account_id}, answer)
                self.open_ids.discard(account_id)
                refusal = _told(stream, answer)
            else:
                yield account_id, answer
        if refusal and not self.open_ids:
            raise FetchFailed(f"Instagram refuses every account: {refusal}")

    def fetch_post_insights(self, stream: str, posts: list[Post]) -> None:
        """Land the insights of each post.

        "No such object" is at times a rate limit in disguise (code 100, subcode 33), so those
        posts are asked for once more at the end.
        """
        again = self._insights_of(stream, posts, is_last_try=False)
        self._insights_of(stream, again, is_last_try=True)

    def _insights_of(self, stream: str, posts: list[Post], *, is_last_try: bool) -> list[Post]:
        def insights(post: Post) -> MetricAnswers:
            path = path_of(post.media_id, "insights")
            return ask(self.client, path, post_metrics(post.product_type))

        again: list[Post] = []
        open_posts = (post for post in posts if post.account_id in self.open_ids)
        for post, answer in answers(insights, open_posts, SKIPS):
            is_gone = isinstance(answer, ItemRefused) and answer.reason == "not_found"
            if is_gone and not is_last_try:
                again.append(post)
                continue
            context = {
                "account_id": post.account_id,
                "media_id": post.media_id,
                "media_product_type": post.product_type,
            }
            self.land_metrics(stream, context, answer, post.posted_on)
        return again

    def land_metrics(
        self, stream: str, context: dict[str, str], answer: MetricAnswers | IngestError, day: date
    ) -> None:
        """Land the pages; an empty list is unknown, not zero, and odd once figures settled."""
        if isinstance(answer, IngestError):
            self.record(stream, context, answer)
            return
        for page in answer.pages:
            self.writer.write(stream, page, context)
            if not page.json["data"] and self.today - day > _SETTLES_AFTER:
                asked = page.request["params"]["metric"]
                self.writer.problem(stream, context, "not_ready", f"no data yet for {asked}")
        for metric, refusal in answer.refused.items():
            self.record(stream, context | {"metric": metric}, refusal)

    def land_pages(
        self,
        stream: str,
        items: Iterable[dict[str, str]],
        task: Callable[[Any], list[Page]],
        note: Callable[[str, Page], None],
    ) -> None:
        """Land the pages that `task` gives for each context, or what refuses it."""
        for context, answer in answers(task, items, SKIPS):
            if isinstance(answer, IngestError):
                self.record(stream, context, answer)
                continue
            for page in answer:
                self.writer.write(stream, page, context)
                note(stream, page)

    def record(
        self,
        stream: str,
        context: Mapping[str, str],
        error: IngestError,
        asker_id: str | None = None,
    ) -> None:
        """Record a refusal; a token that no longer opens its account shuts `asker_id` (the
        context's account unless told). Unauthorised when that was the last one."""
        if isinstance(error, ItemRefused):
            self.writer.problem(stream, context, error.reason, _told(stream, error))
            return
        self.writer.problem(stream, context, "unauthorised", str(error))
        self.open_ids.discard(asker_id or context["account_id"])
        if not self.open_ids:
            raise Unauthorised(f"Instagram lets us into no account: {error}")


def _told(stream: str, error: IngestError) -> str:
    """What a refusal says, and what to do about it."""
    if not isinstance(error, ItemRefused):
        return str(error)
    if error.reason == "permission" and stream in _SCOPES:
        return f"{error.detail} ({stream} needs {_SCOPES[stream]})"
    if error.reason == "not_found" and stream in _OF_ACCOUNTS:
        return f"{error.detail} ({_OF_ACCOUNTS[stream]})"
    return error.detail


def list_pages(
    client: Client, path: str, fields: str, is_last: Callable[[list[Any]], bool]
) -> list[Page]:
    """The pages of a list, until there is no next or `is_last` of a page's rows."""
    pages: list[Page] = []
    cursor = Cursor()
    size = _PAGE_SIZE
    while not cursor.is_finished:
        params = {"fields": fields, "limit": str(size)}
        if cursor.value:
            params["after"] = cursor.value
        try:
            page = client.get(path, params, shape={"data": list})
        except PageTooLarge as error:
            size = halved(size, error)
            continue
        pages.append(page)
        if is_last(page.json["data"]):
            cursor.stop()
        else:
            cursor.advance(_next_cursor(page.json.get("paging")))
    return pages


def halved(size: int, error: PageTooLarge) -> int:
    """The next smaller page; FetchFailed when there is none."""
    if size == 1:
        raise FetchFailed(f"a page of one row is still too large: {error}") from error
    return size // 2


def _next_cursor(paging: Any) -> str | None:
    """The cursor after this page: the last page has one too, but no `next`.

    The URL in `next` is never followed: it holds the token and could name any host.
    """
    if paging is None:
        return None
    if not isinstance(paging, dict):
        raise IncompletePage(f"Instagram's paging is {str(paging)[:50]!r}")
    if not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    cursor = cursors.get("after") if isinstance(cursors, dict) else None
    if not cursor:
        raise FetchFailed("Instagram promises another page but gives no cursor")
    return str(cursor)


def path_of(node_id: str, edge: str = "") -> str:
    """The path of an object or of one of its edges."""
    path = f"/{VERSION}/{quote(node_id, safe='')}"
    return f"{path}/{edge}" if edge else path


def is_named(row: Any) -> bool:
    """Whether a row says which post it is; load puts aside one that does not."""
    return isinstance(row, dict) and isinstance(row.get("id"), str) and bool(row["id"])


def stamp_of(row: Any) -> datetime | None:
    """When a post or comment came out; None when it does not say."""
    return parse_instant(row.get("timestamp")) if isinstance(row, dict) else None


def headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    """The token in a header: in the URL it would end in logs."""
    return {"Authorization": f"Bearer {credentials['token']}"}
