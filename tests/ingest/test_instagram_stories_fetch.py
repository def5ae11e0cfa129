"""Stories over HTTP: what is live now, its insights, and what a vendor refuses of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import Call, Vendor, landed_pages, reply
from instagram_vendor import Instagram, edges, graph_error, media, refused
from instagram_vendor import fetch as fetch_from

from ingest.errors import FetchFailed, Unauthorised
from ingest.job import Account
from ingest.registry import SOURCES

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

STORIES = SOURCES["instagram_stories"]
TOO_FEW = "(#10) Not enough viewers for the media to show insights"
FORBIDDEN = "(#10) Application does not have permission for this action"


def fetch(vendor: Vendor, landing: Landing, answer: Any, *accounts: str, **job: Any) -> Manifest:
    return fetch_from(vendor, landing, answer, *accounts, source=STORIES, **job)


def live(**stories: list[str]) -> dict[str, list[Any]]:
    """Live stories by account, for the stand-in."""
    return {
        f"{account.removeprefix('a')}/stories": [media(s, 0.1, "STORY") for s in ids]
        for account, ids in stories.items()
    }


def test_live_stories_and_their_insights_are_landed_and_an_empty_list_is_too(
    vendor: Vendor, landing: Landing
) -> None:
    manifest = fetch(vendor, landing, Instagram(live(a1=["s1", "s2"])), "1", "2")
    lists = landed_pages(manifest, "stories")
    assert [(p["context"]["account_id"], len(p["body"]["data"])) for p in lists] == [
        ("1", 2),
        ("2", 0),
    ]
    contexts = [page["context"] for page in landed_pages(manifest, "story_insights")]
    assert contexts[0] == {"account_id": "1", "media_id": "s1", "media_product_type": "STORY"}
    assert [context["media_id"] for context in contexts] == ["s1", "s2"]
    asked = {*edges(vendor, "insights")[0].query["metric"].split(",")}
    assert {"reach", "views", "replies", "navigation"} <= asked
    assert not {"likes", "saved"} & asked
    assert manifest.problems == ()


def test_only_those_who_let_us_in_are_asked(vendor: Vendor, landing: Landing) -> None:
    accounts = (
        Account("instagram", "1", "a", "o", True),
        Account("instagram", "2", "b", "p", False),
    )
    fetch(vendor, landing, Instagram(), accounts=accounts)
    assert vendor.paths == ["/v25.0/1/stories"]


@pytest.mark.parametrize(
    ("message", "reason"), [(TOO_FEW, "below_threshold"), (FORBIDDEN, "permission")]
)
def test_code_10_is_told_apart_by_its_message_and_the_other_stories_go_on(
    vendor: Vendor, landing: Landing, message: str, reason: str
) -> None:
    refuse: Any = lambda call: graph_error(10, message) if "/s1/" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(live(a1=["s1", "s2"]), refuse), "1")
    assert refused(manifest) == [("story_insights", reason)]
    [page] = landed_pages(manifest, "story_insights")
    assert page["context"]["media_id"] == "s2"
    assert ("needs instagram_manage_insights" in manifest.problems[0].detail) is (
        reason == "permission"
    )


def test_a_story_that_ends_between_list_and_insights_is_recorded(
    vendor: Vendor, landing: Landing
) -> None:
    refuse: Any = lambda call: graph_error(100, "gone", 33) if "/s1/" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(live(a1=["s1", "s2"]), refuse), "1")
    assert refused(manifest) == [("story_insights", "not_found")]
    assert vendor.paths.count("/v25.0/s1/insights") == 2


def test_a_metric_that_stories_no_longer_have_costs_only_itself(
    vendor: Vendor, landing: Landing
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_asked = "navigation" in call.query.get("metric", "").split(",")
        message = "(#100) The Media Insights API does not support the navigation metric"
        return graph_error(100, message) if is_asked else None

    manifest = fetch(vendor, landing, Instagram(live(a1=["s1"]), refuse), "1")
    [page] = landed_pages(manifest, "story_insights")
    assert len(page["body"]["data"]) == 7
    assert [(p.reason, p.context["metric"]) for p in manifest.problems] == [
        ("metric_unsupported", "navigation")
    ]


def test_a_list_of_stories_is_paged_to_its_end(vendor: Vendor, landing: Landing) -> None:
    def answer(call: Call, number: int) -> web.StreamResponse:
        if not call.path.endswith("/stories"):
            return Instagram()(call, number)
        first = {"cursors": {"after": "A"}, "next": "https://evil.example"}
        paging = {"cursors": {"after": "B"}} if "after" in call.query else first
        return reply({"data": [media(f"s{number}", 0.1, "STORY")], "paging": paging})

    manifest = fetch(vendor, landing, answer, "1")
    assert [call.query.get("after") for call in edges(vendor, "stories")] == [None, "A"]
    assert manifest.streams["story_insights"].pages == 2


def test_an_account_that_refuses_its_stories_costs_only_itself(
    vendor: Vendor, landing: Landing
) -> None:
    refuse: Any = lambda call: graph_error(10, FORBIDDEN) if "/1/" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(live(a2=["s2"]), refuse), "1", "2")
    assert refused(manifest) == [("stories", "permission")]
    assert manifest.streams["story_insights"].pages == 1


@pytest.mark.parametrize(("code", "kind"), [(190, Unauthorised), (10, FetchFailed)])
def test_when_every_account_refuses_nothing_is_landed(
    vendor: Vendor, landing: Landing, code: int, kind: type[FetchFailed]
) -> None:
    with pytest.raises(kind) as raised:
        fetch(vendor, landing, lambda call, n: graph_error(code, FORBIDDEN), "1", "2")
    assert type(raised.value) is kind
    assert landing.fetches() == []
