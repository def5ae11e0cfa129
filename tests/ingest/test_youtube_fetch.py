"""YouTube over HTTP: batches, paging that stops, and what its errors do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import CANARY, Call, Vendor, landed_pages, make_job, reply, run_fetch
from youtube_vendor import YouTube, error, requested, upload

from ingest.errors import Deferred, FetchFailed, PaginationLoop, Throttled, Unauthorised
from ingest.sources.youtube import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing


def test_a_fetch_lands_channels_uploads_and_tracked_videos(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = YouTube()
    manifest = run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    assert {name: s.pages for name, s in manifest.streams.items()} == {
        "channels": 1,
        "playlist_items": 2,
        "videos": 1,
        "video_stats": 1,
    }
    assert landed_pages(manifest, "channels")[0]["context"] == {"requested_ids": ["UC1"]}
    assert landed_pages(manifest, "playlist_items")[0]["context"] == {
        "account_id": "UC1",
        "playlist_id": "UU1",
    }
    assert requested(manifest) == ["UU1-a", "UU1-b", "UU1-c"]
    assert vendor.calls[0].headers["X-Goog-Api-Key"] == CANARY
    assert all("key" not in call.query for call in vendor.calls)
    assert manifest.problems == ()


def test_ids_are_asked_for_in_batches_of_fifty(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = YouTube()
    accounts = [f"UC{n:03}" for n in range(51)]
    manifest = run_fetch(SOURCE, make_job(*accounts), landing, vendor.url)
    asked = [call for call in vendor.calls if call.path.startswith("/youtube/v3/videos")]
    sizes = sorted(len(call.query["id"].split(",")) for call in asked)
    assert sizes[-1] == 50
    assert len(asked) == 4
    assert manifest.streams["channels"].pages == 2
    assert len(set(requested(manifest))) == len(requested(manifest)) == 153


def test_a_deleted_video_is_known_by_having_been_requested(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = YouTube(missing="UU1-b")
    manifest = run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    pages = [page for s in ("videos", "video_stats") for page in landed_pages(manifest, s)]
    returned = {item["id"] for page in pages for item in page["body"]["items"]}
    assert {*requested(manifest)} - returned == {"UU1-b"}
    assert [(p.reason, p.context) for p in manifest.problems] == [
        ("not_found", {"video_id": "UU1-b"})
    ]


def test_no_channel_at_all_is_legal_and_recorded(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = YouTube(missing="UC1")
    manifest = run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    assert [(p.stream, p.reason, p.context) for p in manifest.problems] == [
        ("channels", "not_found", {"account_id": "UC1"})
    ]
    assert set(manifest.streams) == {"channels"}


def test_a_missing_playlist_does_not_stop_the_other_channels(
    vendor: Vendor, landing: Landing
) -> None:
    whole = YouTube()
    vendor.answer = lambda call, n: (
        error(404, "playlistNotFound") if call.query.get("playlistId") == "UU1" else whole(call, n)
    )
    manifest = run_fetch(SOURCE, make_job("UC1", "UC2"), landing, vendor.url)
    assert [(p.stream, p.reason, p.context["account_id"]) for p in manifest.problems] == [
        ("playlist_items", "not_found", "UC1")
    ]
    assert requested(manifest) == ["UU2-a", "UU2-b", "UU2-c"]


def test_a_night_of_counters_reads_playlists_but_does_not_keep_them(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = YouTube()
    job = make_job("UC1", kinds=frozenset({"counter"}))
    streams = set(run_fetch(SOURCE, job, landing, vendor.url).streams)
    assert streams == {"channels", "videos", "video_stats"}


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        pytest.param((status, reason), kind, calls, id=reason)
        for status, reason, kind, calls in [
            (403, "quotaExceeded", Deferred, 1),
            (403, "dailyLimitExceeded", Deferred, 1),
            (403, "rateLimitExceeded", Throttled, 7),
            (400, "keyInvalid", Unauthorised, 1),
            (401, "authError", Unauthorised, 1),
            (403, "forbidden", Unauthorised, 1),
            (400, "badRequest", FetchFailed, 1),
        ]
    ],
)
def test_an_error_is_judged_by_its_reason(
    vendor: Vendor,
    landing: Landing,
    answer: tuple[int, str],
    kind: type[FetchFailed],
    calls: int,
) -> None:
    vendor.answer = lambda call, n: error(*answer)
    with pytest.raises(kind) as raised:
        run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    assert type(raised.value) is kind
    assert len(vendor.calls) == calls
    assert landing.fetches() == []
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 23, 2, 30, tzinfo=UTC), 5.5),  # winter: midnight is at 08:00Z
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), 23.5),  # summer: it was at 07:00Z
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), 24.5),  # the day with 25 hours
    ],
)
def test_a_used_up_quota_is_deferred_until_midnight_in_california(
    vendor: Vendor, landing: Landing, now: datetime, hours: float
) -> None:
    vendor.answer = lambda call, n: error(403, "quotaExceeded")
    job = make_job("UC1", now=now)
    with pytest.raises(Deferred) as deferred:
        run_fetch(SOURCE, job, landing, vendor.url)
    assert deferred.value.seconds == hours * 3600


def test_a_brief_limit_heals(vendor: Vendor, landing: Landing) -> None:
    whole = YouTube()
    vendor.answer = lambda call, n: (
        error(403, "userRateLimitExceeded") if n == 0 else whole(call, n)
    )
    assert run_fetch(SOURCE, make_job("UC1"), landing, vendor.url).streams["videos"].pages == 1


@pytest.mark.parametrize(
    "body", [{"error": "invalid_grant"}, b'"text"', {"error": {"errors": None}}, b"nothing"]
)
def test_an_error_body_of_any_shape_is_a_clear_error(
    vendor: Vendor, landing: Landing, body: Any
) -> None:
    vendor.answer = lambda call, n: reply(body, 400)
    with pytest.raises(FetchFailed):
        run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)


def test_a_page_token_seen_twice_fails_loudly(vendor: Vendor, landing: Landing) -> None:
    class Looping(YouTube):
        def uploads(self, call: Call) -> web.StreamResponse:
            return reply({"items": [upload("v", 1)], "nextPageToken": "P1"})

    vendor.answer = Looping()
    with pytest.raises(PaginationLoop):
        run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    assert landing.fetches() == []


def test_an_empty_middle_page_and_odd_entries_do_not_end_the_reading(
    vendor: Vendor, landing: Landing
) -> None:
    private = {"snippet": {"title": "Private video", "publishedAt": "soon"}, "contentDetails": {}}
    scripted: dict[str | None, dict[str, Any]] = {
        None: {"items": [], "nextPageToken": "P2"},
        "P2": {"items": [private, "odd", upload("old", 200), private], "nextPageToken": "P3"},
        "P3": {"items": [upload("young", 1)], "newField": {"x": [1]}},
    }

    class Odd(YouTube):
        def uploads(self, call: Call) -> web.StreamResponse:
            return reply(scripted[call.query.get("pageToken")])

    vendor.answer = Odd()
    manifest = run_fetch(SOURCE, make_job("UC1"), landing, vendor.url)
    pages = landed_pages(manifest, "playlist_items")
    assert [page["body"] for page in pages] == list(scripted.values())
    assert landed_pages(manifest, "videos")[0]["context"] == {"requested_ids": ["young"]}
