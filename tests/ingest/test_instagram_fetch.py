"""Instagram over HTTP: five waves, the windows asked for, and which posts are due."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import CANARY, NOW, Call, Vendor, landed_pages, reply
from instagram_vendor import COUNTERS, DATED, Instagram, edges, fetch, graph_error, media

from ingest.errors import PaginationLoop
from ingest.job import Account
from ingest.sources.instagram import SOURCE, is_insights_night

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing


def test_a_fetch_lands_accounts_insights_posts_and_their_insights(
    vendor: Vendor, landing: Landing
) -> None:
    posts = {"1784": [media("m1"), media("m2", product="REELS")]}
    manifest = fetch(vendor, landing, Instagram(posts))
    assert {name: s.pages for name, s in manifest.streams.items()} == {
        "accounts": 1,
        "user_insights": 6,
        "media": 1,
        "media_insights": 2,
    }
    contexts = [page["context"] for page in landed_pages(manifest, "media_insights")]
    assert contexts[1] == {"account_id": "1784", "media_id": "m2", "media_product_type": "REELS"}
    asked = {call.path: call.query["metric"] for call in edges(vendor, "insights")}
    assert "ig_reels_avg_watch_time" in asked["/v25.0/m2/insights"]
    assert "ig_reels_avg_watch_time" not in asked["/v25.0/m1/insights"]
    assert vendor.calls[0].headers["Authorization"] == f"Bearer {CANARY}"
    assert manifest.problems == ()


def test_insights_are_never_paged_and_only_authorised_accounts_are_asked(
    vendor: Vendor, landing: Landing
) -> None:
    accounts = (
        Account("instagram", "1", "a", "o", True),
        Account("instagram", "2", "b", "p", False),
    )
    fetch(vendor, landing, Instagram({"1": [media("m1")]}), accounts=accounts)
    assert not any("/2" in path for path in vendor.paths)
    assert len(edges(vendor, "insights")) == 6 + 1


def test_a_fetch_lands_the_same_pages_in_the_same_order_every_time(
    vendor: Vendor, landing: Landing
) -> None:
    posts = {"1784": [media(f"m{n}") for n in range(60)]}
    first = fetch(vendor, landing, Instagram(posts))
    assert fetch(vendor, landing, Instagram(posts)) == first
    assert len(landing.fetches()) == 1


def test_each_metric_is_asked_in_the_shape_that_answers(vendor: Vendor, landing: Landing) -> None:
    fetch(vendor, landing, Instagram(), **DATED)
    shapes = [
        (
            call.query["metric"],
            call.query.get("metric_type"),
            call.query.get("breakdown"),
            date.fromtimestamp(int(call.query["since"])).isoformat(),
            (int(call.query["until"]) - int(call.query["since"])) / 86_400,
        )
        for call in edges(vendor, "insights")
    ]
    totals = "views,total_interactions,likes,comments,shares,saves,accounts_engaged"
    assert sorted(shapes, key=str) == sorted(
        [
            ("reach", "time_series", None, "2026-11-21", 2),
            ("follower_count", None, None, "2026-11-21", 2),
            (totals, "total_value", None, "2026-11-21", 1),
            (totals, "total_value", None, "2026-11-22", 1),
            ("follows_and_unfollows", "total_value", "follow_type", "2026-11-21", 1),
            ("follows_and_unfollows", "total_value", "follow_type", "2026-11-22", 1),
        ],
        key=str,
    )


def test_the_context_holds_the_days_that_were_asked(vendor: Vendor, landing: Landing) -> None:
    manifest = fetch(vendor, landing, Instagram(), **DATED)
    contexts = [page["context"] for page in landed_pages(manifest, "user_insights")]
    day = {"account_id": "1784", "metric_type": "total_value"}
    assert contexts[0] == {
        "account_id": "1784",
        "since": "2026-11-21",
        "until": "2026-11-22",
        "metric_type": "time_series",
    }
    assert contexts[-1] == {**day, "since": "2026-11-22", "until": "2026-11-22"}


def test_a_year_is_read_in_short_windows_and_new_followers_only_as_far_as_they_are_kept(
    vendor: Vendor, landing: Landing
) -> None:
    fetch(vendor, landing, Instagram(), since=date(2025, 11, 23), **DATED)
    calls = edges(vendor, "insights")
    by_metric = {
        name: [c for c in calls if c.query["metric"] == name]
        for name in ("reach", "follower_count", "follows_and_unfollows")
    }
    assert {name: len(found) for name, found in by_metric.items()} == {
        "reach": 13,
        "follower_count": 1,
        "follows_and_unfollows": 365,
    }
    spans = [(int(c.query["until"]) - int(c.query["since"])) / 86_400 for c in by_metric["reach"]]
    assert max(spans) <= 30
    assert sum(spans) == 365
    oldest = int(by_metric["follower_count"][0].query["since"])
    assert (NOW.timestamp() - oldest) / 86_400 <= 30


def test_a_day_that_is_not_over_is_not_asked_for(vendor: Vendor, landing: Landing) -> None:
    fetch(vendor, landing, Instagram(), since=NOW.date(), until=NOW.date(), **DATED)
    assert edges(vendor, "insights") == []


def test_posts_are_paged_by_cursor_while_there_is_a_next(vendor: Vendor, landing: Landing) -> None:
    evil = f"https://evil.example/?access_token={CANARY}"
    pages: dict[str | None, Any] = {
        None: ([media("a")], "A", evil),
        "A": ([], "B", evil),  # an empty page with a next is legal
        "B": ([media("a"), media("b")], "C", None),  # overlaps; a cursor, but no next
    }

    def answer(call: Call, number: int) -> web.StreamResponse:
        if not call.path.endswith("/media"):
            return Instagram()(call, number)
        data, after, following = pages[call.query.get("after")]
        paging = {"cursors": {"after": after}} | ({"next": following} if following else {})
        return reply({"data": data, "paging": paging})

    manifest = fetch(vendor, landing, answer, **COUNTERS)
    assert [c.query.get("after") for c in edges(vendor, "media")] == [None, "A", "B"]
    assert manifest.streams["media_insights"].pages == 2
    assert all(CANARY.encode() not in path.read_bytes() for path in manifest.folder.iterdir())
    assert CANARY not in json.dumps(landed_pages(manifest, "media"))


def test_posts_stop_when_they_are_too_old_and_a_looping_cursor_fails_loudly(
    vendor: Vendor, landing: Landing
) -> None:
    def paged(days_old: float) -> Callable[[Call, int], web.StreamResponse]:
        page = {
            "data": [media("a", days_old)],
            "paging": {"cursors": {"after": "A"}, "next": "x"},
        }
        return lambda call, n: reply(page) if call.path.endswith("/media") else Instagram()(call, n)

    fetch(vendor, landing, paged(91), **COUNTERS)
    assert len(edges(vendor, "media")) == 1
    with pytest.raises(PaginationLoop):
        fetch(vendor, landing, paged(1), **COUNTERS)


def test_a_page_of_posts_that_is_too_large_is_halved(vendor: Vendor, landing: Landing) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        if int(call.query.get("limit", 0)) > 30:
            return graph_error(1, "Please reduce the amount of data you're asking for")
        return None

    fetch(vendor, landing, Instagram(refuse=refuse), **COUNTERS)
    assert [c.query["limit"] for c in edges(vendor, "media")] == ["100", "50", "25"]


def test_an_empty_answer_is_landed_as_it_is_and_recorded_once_it_should_have_settled(
    vendor: Vendor, landing: Landing
) -> None:
    posts = {"1784": [media("m1", 1), media("m2", 20)]}
    refuse: Any = lambda call: reply({"data": []}) if "/insights" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(posts, refuse), **COUNTERS)
    pages = landed_pages(manifest, "media_insights")
    assert [page["body"] for page in pages] == [{"data": []}, {"data": []}]
    assert [(p.reason, p.context["media_id"]) for p in manifest.problems] == [("not_ready", "m2")]


def test_every_day_is_read_once_more_48_hours_after_it_ended_anywhere() -> None:
    minute, hour, *_ = SOURCE.schedule.split()
    day = datetime(2026, 11, 1, tzinfo=UTC)
    ended = day + timedelta(days=1, hours=12)  # in the last of all zones
    last_night = day + timedelta(days=SOURCE.reload_days + 1, hours=int(hour), minutes=int(minute))
    assert last_night >= ended + timedelta(hours=48)


@pytest.mark.parametrize(
    ("age", "is_due"),
    [(0, True), (28, True), (29, False), (34, False), (35, True), (84, True), (90, False)],
)
def test_insights_are_nightly_for_four_weeks_then_weekly(age: int, is_due: bool) -> None:
    today = date(2026, 11, 23)
    assert is_insights_night(today - timedelta(days=age), today, 90) is is_due


def test_insights_end_with_the_tracking_of_posts() -> None:
    today = date(2026, 11, 23)
    assert not is_insights_night(today - timedelta(days=91), today, 90)
    assert not is_insights_night(today - timedelta(days=15), today, 14)


def test_the_cadence_decides_which_posts_are_asked(vendor: Vendor, landing: Landing) -> None:
    posts = {"1784": [media("a", 3), media("b", 33), media("c", 35), media("d", 95)]}
    posts["1784"].append({"id": "e"})  # without a date: read rather than lost
    manifest = fetch(vendor, landing, Instagram(posts), **COUNTERS)
    ids = [p["context"]["media_id"] for p in landed_pages(manifest, "media_insights")]
    assert ids == ["a", "c", "e"]
