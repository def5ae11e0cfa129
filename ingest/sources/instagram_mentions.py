"""Who comments on the brand's posts and who tags it: the brand's own accounts only.

They are for finding candidates, so the text of a comment is never asked for. Comments and tags come
newest first as far as we know; a list that turns out not to is read to its end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ingest.sources.engagers import Engagers
from ingest.sources.instagram_calls import list_pages, path_of, stamp_of
from ingest.sources.instagram_candidates import fetch_candidates, note_engagers

if TYPE_CHECKING:
    from ingest.page import Page
    from ingest.sources.instagram_calls import Post, Visit

_COMMENT_FIELDS = "id,timestamp,username,like_count,from{id,username}"
_TAG_FIELDS = "id,username,timestamp,caption,media_type,like_count,comments_count,permalink"


def fetch_mentions(visit: Visit, posts: list[Post]) -> None:
    """Land comments and tags, and then the profiles of those who wrote them."""
    engagers = Engagers()
    _fetch_comments(visit, posts, engagers)
    _fetch_tags(visit, engagers)
    fetch_candidates(visit, engagers)


def _fetch_comments(visit: Visit, posts: list[Post], engagers: Engagers) -> None:
    """Land the new comments on those of the posts that are the brand's."""
    asked = (
        {"account_id": post.account_id, "media_id": post.media_id}
        for post in posts
        if post.account_id in visit.brand_ids and post.account_id in visit.open_ids
    )
    # An older post is read every seventh night, so its last reading may lie that far back.
    since = _start_of(visit.job.since - timedelta(days=7))
    visit.land_pages(
        "comments",
        asked,
        lambda item: _pages(visit, path_of(item["media_id"], "comments"), _COMMENT_FIELDS, since),
        partial(note_engagers, engagers, since),
    )


def _fetch_tags(visit: Visit, engagers: Engagers) -> None:
    """Land the posts since the job's first day that others tagged the brand in."""
    asked = ({"account_id": a} for a in visit.brand_ids if a in visit.open_ids)
    since = _start_of(visit.job.since)
    visit.land_pages(
        "tags",
        asked,
        lambda item: _pages(visit, path_of(item["account_id"], "tags"), _TAG_FIELDS, since),
        partial(note_engagers, engagers, since),
    )


def _pages(visit: Visit, path: str, fields: str, since: datetime) -> list[Page]:
    def is_last(rows: list[Any]) -> bool:
        if not rows:
            return False
        first, last = stamp_of(rows[0]), stamp_of(rows[-1])
        return first is not None and last is not None and last < since and last < first

    return list_pages(visit.client, path, fields, is_last)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
