"""Whose public profile is asked for, and what a refusal costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
from ingest_vendor import Call, Vendor, landed_pages, make_job, reply, run_fetch
from instagram_vendor import ENTITIES, Instagram, fetch, graph_error, media, refused

from ingest.job import Account
from ingest.sources.engagers import Engagers
from ingest.sources.instagram_candidates import MOST_PROFILES
from ingest.sources.youtube import SOURCE as YOUTUBE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

ACCOUNTS = (
    Account("instagram", "100", "Lumen", "brand", True),
    Account("instagram", "200", "@ben", "ben", True),
)
DAY = date(2026, 10, 1)


def test_most_frequent_engagers_come_first_and_posts_before_comments() -> None:
    engagers = Engagers()
    names = ("often", "often", "often", "twice", "twice", "once", "known", None)
    for number, name in enumerate(names):
        engagers.add_comment(name, f"c{number}")
    for _ in range(5):
        engagers.add_comment("once", "c5")  # the same page twice
    engagers.add_post("creator", "p")
    week = [engagers.choose(3, DAY + timedelta(days=n), {"known"}) for n in range(7)]
    whole = engagers.choose(9, DAY, {"known"})
    assert {*whole} == {"creator", "often", "twice", "once"}
    # Everybody has a turn once a week, also who comes last otherwise.
    assert {name for night in week for name in night} == {*whole}
    assert all(engagers.choose(3, DAY + timedelta(days=n), {"known"}) == week[n] for n in range(7))
    # One's own turn changes the order on one night of the seven, the other's on another.
    nights = [engagers.choose(9, DAY + timedelta(days=n), {"known"}) for n in range(7)]
    for more, fewer in (("creator", "often"), ("often", "twice"), ("twice", "once")):
        assert sum(night.index(more) < night.index(fewer) for night in nights) >= 5


def instagram(
    vendor: Vendor, landing: Landing, comments: list[Any], answer: Callable[[str], Any]
) -> Manifest:
    lists = {"100": [media("b1")], "b1/comments": comments, "100/tags": []}

    def respond(call: Call) -> web.StreamResponse | None:
        fields = call.query.get("fields", "")
        if not fields.startswith("business_discovery"):
            return None
        found = answer(fields.partition("(")[2].partition(")")[0])
        return found if not isinstance(found, dict) else reply({"business_discovery": found})

    return fetch(vendor, landing, Instagram(lists, respond), accounts=ACCOUNTS, **ENTITIES)


def asked_handles(vendor: Vendor) -> list[str]:
    fields = [call.query.get("fields", "") for call in vendor.calls]
    return [f.partition("(")[2].partition(")")[0] for f in fields if f.startswith("business_")]


def test_profiles_are_asked_of_authors_whom_the_plan_does_not_know(
    vendor: Vendor, landing: Landing
) -> None:
    names = ("Mara", "mara", "BEN", "lumen", "bad){x}", "fan")
    comments = [media(f"c{n}") | {"username": name} for n, name in enumerate(names)]
    comments += [media("odd") | {"from": {"username": "tova"}, "username": "x"}, media("none")]
    shown = {"mara": {"id": "7", "username": "mara"}, "tova": {"id": "8", "username": "tova"}}
    manifest = instagram(
        vendor, landing, comments, lambda handle: shown.get(handle) or graph_error(110, "no user")
    )
    assert {*asked_handles(vendor)} == {"mara", "tova", "fan"}
    found = [
        page["body"]["business_discovery"]["id"] for page in landed_pages(manifest, "candidates")
    ]
    assert sorted(found) == ["7", "8"]
    # Of those who show nothing, no name is kept: they are private persons.
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("candidates", "hidden_by_owner")
    assert problem.context == {"accounts": 2}


def test_who_wrote_before_the_window_is_not_asked_for_whatever_page_he_came_with(
    vendor: Vendor, landing: Landing
) -> None:
    comments = [
        media("new") | {"username": "fan"},
        media("old", days_old=400) | {"username": "bygone"},
    ]
    for listed in (comments, comments[::-1]):
        vendor.calls.clear()
        instagram(vendor, landing, listed, lambda handle: {"id": handle})
        assert asked_handles(vendor) == ["fan"]


def test_no_more_profiles_than_the_limit_are_asked_for(vendor: Vendor, landing: Landing) -> None:
    comments = [media(f"c{n}") | {"username": f"fan{n}"} for n in range(MOST_PROFILES + 20)]
    manifest = instagram(vendor, landing, comments, lambda handle: {"id": handle})
    assert len(asked_handles(vendor)) == manifest.streams["candidates"].pages == MOST_PROFILES


def test_profiles_that_are_refused_cost_nothing_of_the_night(
    vendor: Vendor, landing: Landing
) -> None:
    comments = [media(f"c{n}") | {"username": f"fan{n}"} for n in range(40)]
    manifest = instagram(vendor, landing, comments, lambda handle: graph_error(10, "no permission"))
    assert refused(manifest) == [("candidates", "permission")]
    assert "instagram_manage_insights" in manifest.problems[0].detail
    assert manifest.streams["comments"].pages == 1
    assert len(asked_handles(vendor)) < 40


def thread(number: int, author: str | None) -> dict[str, Any]:
    snippet = {"authorChannelId": {"value": author}, "publishedAt": "2026-11-21T10:00:00Z"}
    return {"id": f"t{number}", "snippet": {"topLevelComment": {"snippet": snippet}}}


def youtube(vendor: Vendor, landing: Landing, authors: list[str | None], **job: Any) -> Manifest:
    sizes = {"UCsmall": "900", "UCfit": "20000", "UChidden": None, "UCbig": "2000000"}

    def answer(call: Call, number: int) -> web.StreamResponse:
        asked = call.query.get("id", "").split(",")
        if call.path.endswith("/channels"):
            items = [
                {
                    "id": name,
                    "statistics": {"subscriberCount": sizes.get(name)},
                    "contentDetails": {"relatedPlaylists": {"uploads": f"UU{name[2:]}"}},
                }
                for name in asked
                if name in sizes or name == "UCbrand"
            ]
            return reply({"kind": "k", "items": items} if items else {"kind": "k"})
        if call.path.endswith("/playlistItems"):
            name = call.query["playlistId"]
            listed = {"videoId": f"v{name}", "videoPublishedAt": "2026-11-20T10:00:00Z"}
            return reply({"items": [{"contentDetails": listed}]})
        if call.path.endswith("/commentThreads"):
            threads = [thread(n, author) for n, author in enumerate(authors)]
            return reply({"kind": "k", "items": threads})
        return reply({"items": [{"id": name, "statistics": {}} for name in asked]})

    vendor.answer = answer
    accounts = (Account("youtube", "UCbrand", "@lumen", "brand", True),)
    return run_fetch(YOUTUBE, make_job(accounts=accounts, **job), landing, vendor.url)


def test_of_channels_that_commented_only_those_of_fitting_size_have_their_videos_read(
    vendor: Vendor, landing: Landing
) -> None:
    authors = ["UCsmall", "UCfit", "UChidden", "UCbig", "UCgone", "UCbrand", None]
    manifest = youtube(vendor, landing, authors)
    [page] = landed_pages(manifest, "candidates")
    asked = [call.query["id"] for call in vendor.calls if call.path.endswith("/channels")]
    assert {*asked[1].split(",")} == {*authors} - {"UCbrand", None}
    assert [row["id"] for row in page["body"]["items"]]
    assert page["context"] == {}  # an id that nobody showed is not kept
    [videos] = landed_pages(manifest, "candidate_videos")
    assert [row["id"] for row in videos["body"]["items"]] == ["vUUfit"]
    assert not manifest.problems
    # channels, uploads and counters of the brand, threads; channels, uploads and videos of others
    assert manifest.usage["units"] == 7


def test_candidates_beyond_the_quota_are_a_problem_on_record_and_cost_no_counter(
    vendor: Vendor, landing: Landing
) -> None:
    manifest = youtube(vendor, landing, ["UCfit"], options={"quota": "5"})
    assert [(p.stream, p.reason) for p in manifest.problems] == [("candidates", "quota")]
    assert manifest.streams["videos"].pages == 1
    assert manifest.streams["comments"].pages == 1


def test_for_retention_a_comment_is_its_authors_not_the_brands() -> None:
    shape = YOUTUBE.stream("comments")
    found = duckdb.execute(
        "select $row::json ->> $path",
        {"row": json.dumps(thread(1, "UCfan")), "path": shape.account_at},
    ).fetchone()
    assert found == ("UCfan",)
