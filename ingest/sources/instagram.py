"""Instagram Graph API: accounts, their insights by day, posts, and each post's insights.

Waves of many small calls; what one wave refuses is recorded and left out of the next. Creators who
gave no authorisation are in `instagram_public`, the brand's comments and tags in
`instagram_mentions`. https://developers.facebook.com/docs/instagram-platform
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from ingest.errors import IngestError
from ingest.parallel import answers
from ingest.sources.instagram_calls import (
    SKIPS,
    Post,
    Visit,
    headers,
    is_named,
    list_pages,
    path_of,
    stamp_of,
)
from ingest.sources.instagram_errors import classify, pace
from ingest.sources.instagram_insights import MetricAnswers, Question, ask, user_questions
from ingest.sources.instagram_mentions import fetch_mentions
from ingest.sources.instagram_public import fetch_discovery
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

_ACCOUNT_FIELDS = "id,username,name,followers_count,follows_count,media_count"
_MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,timestamp,permalink,shortcode,like_count,"
    "comments_count,username"
)


def is_insights_night(posted_on: date, today: date, track_posts_days: int) -> bool:
    """Whether a post's insights are read tonight: nightly for 28 days, then every seventh day.

    Days are UTC dates, so that a night that starts a minute later never skips a reading.
    """
    age_days = (today - posted_on).days
    return age_days <= min(28, track_posts_days) or (
        age_days <= track_posts_days and age_days % 7 == 0
    )


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land everything the accounts let us see; Unauthorised when no account lets us in."""
    visit = Visit(client, job, writer)
    _fetch_accounts(visit)
    if "dated" in job.kinds:
        _fetch_user_insights(visit)
    if "counter" in job.kinds:
        posts = _fetch_media(visit, visit.account_ids)
        visit.fetch_post_insights("media_insights", posts)
        fetch_discovery(visit)
    elif "entity" in job.kinds:
        posts = _fetch_media(visit, visit.brand_ids)
    if "entity" in job.kinds:
        fetch_mentions(visit, posts)


def _fetch_accounts(visit: Visit) -> None:
    """Land each account's own numbers; an account that refuses them is left out."""

    def account(account_id: str) -> Page:
        return visit.client.get(path_of(account_id), {"fields": _ACCOUNT_FIELDS}, shape={"id": str})

    for account_id, page in visit.ask_accounts("accounts", account):
        visit.writer.write("accounts", page, {"account_id": account_id})


def _fetch_user_insights(visit: Visit) -> None:
    """Land the figures of each account's days."""
    job = visit.job
    questions = (
        (account_id, question)
        for account_id in visit.account_ids
        for question in user_questions(job.since, job.until, job.now)
        if account_id in visit.open_ids
    )

    def insights(item: tuple[str, Question]) -> MetricAnswers:
        account_id, question = item
        path = path_of(account_id, "insights")
        return ask(visit.client, path, question.metrics, question.params)

    for (account_id, question), answer in answers(insights, questions, SKIPS):
        context = {"account_id": account_id} | question.context
        visit.land_metrics("user_insights", context, answer, question.last_day)


def _fetch_media(visit: Visit, account_ids: Iterable[str]) -> list[Post]:
    """Land each account's posts; those whose insights are due tonight."""
    oldest = visit.job.now - timedelta(days=visit.job.track_posts_days)
    open_ids = (a for a in account_ids if a in visit.open_ids)

    def is_last(rows: list[Any]) -> bool:
        last = stamp_of(rows[-1]) if rows else None
        return last is not None and last < oldest  # newest first: nothing younger follows

    def media(account_id: str) -> list[Page]:
        return list_pages(visit.client, path_of(account_id, "media"), _MEDIA_FIELDS, is_last)

    due: dict[str, Post] = {}
    for account_id, answer in answers(media, open_ids, SKIPS):
        context = {"account_id": account_id}
        if isinstance(answer, IngestError):
            visit.record("media", context, answer)
            continue
        for page in answer:
            visit.writer.write("media", page, context)
            found = (_due_post(visit, account_id, row) for row in page.json["data"])
            due |= {post.media_id: post for post in found if post}
    return list(due.values())


def _due_post(visit: Visit, account_id: str, row: Any) -> Post | None:
    if not is_named(row):
        return None
    # A post without a date is as young as can be: it is read rather than lost.
    posted_on = (stamp_of(row) or visit.job.now).astimezone(UTC).date()
    if not is_insights_night(posted_on, visit.today, visit.job.track_posts_days):
        return None
    return Post(account_id, row["id"], row.get("media_product_type") or "FEED", posted_on)


SOURCE = Source(
    name="instagram",
    streams=(
        Stream("accounts", "counter", ("$.id",)),
        Stream("user_insights", "dated", ("$.name",), "$.data"),
        Stream("media", "counter", ("$.id",), "$.data"),
        Stream("media_insights", "counter", ("$.name",), "$.data"),
        Stream("discovery_accounts", "counter", ("$.id",), "$.business_discovery"),
        Stream("discovery_media", "counter", ("$.id",), "$.business_discovery.media.data"),
        # A row is a whole page: a quiet day has fewer comments, but no fewer answers.
        Stream("comments", "entity", ("$.data",)),
        Stream("tags", "entity", ("$.data",)),
        Stream("candidates", "entity", ("$.id",), "$.business_discovery"),
    ),
    url="https://graph.facebook.com",
    needs=("token",),
    schedule="30 2 * * *",
    reload_days=3,  # a day is read once more when its 48 hours have passed
    fetch=fetch,
    headers=headers,
    classify=classify,
    pace=pace,
    rate=20.0,
)
