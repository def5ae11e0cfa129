"""Comments on and tags of the brand's posts over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import Call, Vendor, landed_pages, reply
from instagram_vendor import (
    COUNTERS,
    ENTITIES,
    Instagram,
    edges,
    fetch,
    graph_error,
    media,
    refused,
)

from ingest.job import Account

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

ACCOUNTS = (
    Account("instagram", "100", "lumen", "brand", True),
    Account("instagram", "200", "ben", "ben", True),
)
POSTS: dict[str, list[Any]] = {"100": [media("b1"), media("b2", 40)], "200": [media("p1")]}


def mentions(vendor: Vendor, landing: Landing, answer: Any, **job: Any) -> Manifest:
    return fetch(vendor, landing, answer, accounts=ACCOUNTS, **(job or ENTITIES))


def test_only_the_brands_posts_are_asked_for_and_never_a_text(
    vendor: Vendor, landing: Landing
) -> None:
    lists = {**POSTS, "b1/comments": [media("c1")], "100/tags": [media("t1")]}
    manifest = mentions(vendor, landing, Instagram(lists))
    [comments] = edges(vendor, "comments")  # b2 is old enough to be read every seventh day alone
    assert comments.path == "/v25.0/b1/comments"
    assert comments.query["fields"] == "id,timestamp,username,like_count,from{id,username}"
    assert [call.path for call in edges(vendor, "tags")] == ["/v25.0/100/tags"]
    assert [call.path for call in edges(vendor, "media")] == ["/v25.0/100/media"]
    [page] = landed_pages(manifest, "comments")
    assert page["context"] == {"account_id": "100", "media_id": "b1"}
    assert [page["context"] for page in landed_pages(manifest, "tags")] == [{"account_id": "100"}]
    assert {*manifest.streams} == {"comments", "tags"}


def test_a_night_of_counters_asks_for_neither(vendor: Vendor, landing: Landing) -> None:
    mentions(vendor, landing, Instagram(POSTS), **COUNTERS)
    assert edges(vendor, "comments") == edges(vendor, "tags") == []


@pytest.mark.parametrize(
    ("ages", "pages"),
    [((1, 9.2), 1), ((1, 8.9), 2), ((12, 1), 2), ((12, 12), 2)],
    ids=["newest first", "within the week before", "oldest first", "equal"],
)
def test_what_was_there_a_week_before_the_first_day_is_read_only_where_the_order_is_in_doubt(
    vendor: Vendor, landing: Landing, ages: tuple[float, float], pages: int
) -> None:
    rows = [media(f"c{age}", age) for age in ages]

    def answer(call: Call, number: int) -> web.StreamResponse:
        if not call.path.endswith("/comments"):
            return Instagram(POSTS)(call, number)
        first = {"cursors": {"after": "A"}, "next": "https://evil.example"}
        return reply({"data": rows, "paging": {} if "after" in call.query else first})

    manifest = mentions(vendor, landing, answer)
    assert manifest.streams["comments"].pages == pages


def test_a_token_without_the_scope_for_comments_says_so_and_the_tags_go_on(
    vendor: Vendor, landing: Landing
) -> None:
    refuse: Any = lambda call: (  # noqa: E731
        graph_error(10, "(#10) Application does not have permission for this action")
        if call.path.endswith("/comments")
        else None
    )
    manifest = mentions(vendor, landing, Instagram(POSTS, refuse))
    assert refused(manifest) == [("comments", "permission")]
    assert "(comments needs instagram_manage_comments)" in manifest.problems[0].detail
    assert manifest.streams["tags"].pages == 1
