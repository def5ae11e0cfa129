"""YouTube's counters by the younger method, its daily quotas, and the comments after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import NOW, Call, Vendor, landed_pages, make_job, reply, run_fetch
from youtube_vendor import YouTube, error, requested, upload

from ingest.errors import Deferred, FetchFailed, Unauthorised
from ingest.job import Account
from ingest.manifest import Manifest
from ingest.sources.youtube import SOURCE, Video, is_read_whole

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing

Refuse = Callable[[Call], "web.StreamResponse | None"]
COUNTERS = frozenset({"counter"})
BRAND = (Account("youtube", "UC1", "@brand", "brand", True),)


def last(call: Call) -> str:
    return call.path.rsplit("/", 1)[1]


def thread(number: int, days_old: float) -> dict[str, Any]:
    at = (NOW - timedelta(days=days_old)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": f"Ug{number}", "snippet": {"topLevelComment": {"snippet": {"publishedAt": at}}}}


class Big(YouTube):
    """One page of 120 uploads, all older than a few days, and one of yesterday's."""

    def __init__(self, refuse: Refuse = lambda call: None) -> None:
        super().__init__()
        self.refuse = refuse

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        return self.refuse(call) or super().__call__(call, number)

    def uploads(self, call: Call) -> web.StreamResponse:
        old = [upload(f"v{n:03}", 10 + n / 2) for n in range(120)]
        return reply({"items": [upload("new", 1), *old]})


class Commented(YouTube):
    """Two videos of the brand; the first has three pages of comments, one a day."""

    def __init__(self, answer: Refuse = lambda call: None, *, oldest_first: bool = False) -> None:
        super().__init__()
        self.answer = answer
        self.step = -1 if oldest_first else 1

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        if last(call) != "commentThreads":
            return super().__call__(call, number)
        if answer := self.answer(call):
            return answer
        kind = {"kind": "youtube#commentThreadListResponse"}
        if call.query["videoId"] == "v2":
            return reply(kind)  # no comment at all: no items
        page = int(call.query.get("pageToken", "0"))
        items = [thread(10 * page + n, 6 * page + n) for n in range(6)][:: self.step]
        return reply(kind | {"items": items, "nextPageToken": str(page + 1)})

    def uploads(self, call: Call) -> web.StreamResponse:
        return reply({"items": [upload("v1", 1), upload("v2", 40)]})


def fetch(
    vendor: Vendor, landing: Landing, answer: YouTube, **job: Any
) -> tuple[Manifest, list[str]]:
    """A night of counters, and which methods were called, in the order of the calls."""
    vendor.calls.clear()
    vendor.answer = answer
    manifest = run_fetch(SOURCE, make_job("UC1", **{"kinds": COUNTERS, **job}), landing, vendor.url)
    return manifest, [last(call) for call in vendor.calls]


def test_a_video_is_read_whole_when_new_and_then_every_seventh_night() -> None:
    video = Video("some-video", "UC1", datetime(2026, 9, 1, 23, 50, tzinfo=UTC))
    nights = [
        night
        for night in range(90)
        if is_read_whole(video, datetime(2026, 9, 1, 2, 30, tzinfo=UTC) + timedelta(days=night))
    ]
    assert nights[:3] == [0, 1, 2]
    assert {later - night for night, later in pairwise(nights[4:])} == {7}
    # An hour later or a change to summer time moves no night.
    assert is_read_whole(video, NOW) == is_read_whole(video, NOW + timedelta(hours=5))


def test_the_nights_are_as_large_as_each_other() -> None:
    videos = [Video(f"v{n}", "UC1", datetime(2026, 9, 1, tzinfo=UTC)) for n in range(700)]
    whole = [sum(is_read_whole(v, NOW + timedelta(days=n)) for v in videos) for n in range(7)]
    assert sum(whole) == 700
    assert min(whole) > 70


def test_no_video_is_read_twice_and_both_streams_have_a_page_every_night(
    vendor: Vendor, landing: Landing
) -> None:
    for night in range(4):
        job = {"now": NOW + timedelta(days=night)}
        manifest, calls = fetch(vendor, landing, Big(), **job)
        assert len(requested(manifest)) == len({*requested(manifest)}) == 121
        assert {"videos", "videos:batchGetStats"} <= {*calls}
        counted = calls.count("videos:batchGetStats")
        assert manifest.usage == {"units": len(calls) - counted, "batch_get_stats_calls": counted}


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("body", [b"<html>Not Found</html>", None])
def test_where_the_young_method_is_refused_the_old_one_does(
    vendor: Vendor, landing: Landing, status: int, body: bytes | None
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        if last(call) != "videos:batchGetStats":
            return None
        if body is None:
            return error(status, "badRequest")
        return reply(body, status, {"Content-Type": "text/html"})

    manifest, calls = fetch(vendor, landing, Big(refuse))
    assert calls.count("videos:batchGetStats") == 1
    assert "video_stats" not in manifest.streams
    assert len(requested(manifest)) == 121
    assert [(p.stream, p.reason) for p in manifest.problems] == [
        ("video_stats", "metric_unsupported")
    ]


def test_its_own_quota_being_spent_costs_no_counter(vendor: Vendor, landing: Landing) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_stats = last(call) == "videos:batchGetStats"
        return error(403, "quotaExceeded") if is_stats else None

    manifest, _ = fetch(vendor, landing, Big(refuse))
    assert len(requested(manifest)) == 121
    spent = {"batch_get_stats_calls": 10_000}
    manifest, calls = fetch(vendor, landing, Big(), used=spent)
    assert "videos:batchGetStats" not in calls
    assert len(requested(manifest)) == 121


def test_a_wrong_key_is_not_taken_for_a_missing_method(vendor: Vendor, landing: Landing) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_stats = last(call) == "videos:batchGetStats"
        return error(400, "keyInvalid") if is_stats else None

    with pytest.raises(Unauthorised):
        fetch(vendor, landing, Big(refuse))


@pytest.mark.parametrize(
    ("used", "calls"),
    [
        (10_000, []),  # not even the channels
        (9_999, ["channels"]),  # the list of uploads would be one too many
        (9_998, ["channels", "playlistItems", "videos:batchGetStats"]),  # one unit short of videos
    ],
)
def test_a_quota_that_would_not_do_is_deferred_before_the_rest_is_spent(
    vendor: Vendor, landing: Landing, used: int, calls: list[str]
) -> None:
    vendor.answer = Big()
    job = make_job("UC1", kinds=COUNTERS, used={"units": used})
    with pytest.raises(Deferred) as deferred:
        run_fetch(SOURCE, job, landing, vendor.url)
    assert list(dict.fromkeys(last(call) for call in vendor.calls)) == calls
    assert deferred.value.seconds == 5.5 * 3600  # from 02:30Z to midnight in California
    assert landing.fetches() == []


def test_three_pages_of_videos_are_not_begun_when_only_one_is_left(
    vendor: Vendor, landing: Landing
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        return error(404, "notFound") if last(call) == "videos:batchGetStats" else None

    with pytest.raises(Deferred, match="3 more units"):
        fetch(vendor, landing, Big(refuse), used={"units": 9_997})
    assert "videos" not in {last(call) for call in vendor.calls}


def test_the_limit_is_a_setting_and_must_be_a_number(vendor: Vendor, landing: Landing) -> None:
    with pytest.raises(Deferred, match="today's 1,"):
        fetch(vendor, landing, Big(), options={"quota": "1"})
    fetch(vendor, landing, Big(), options={"quota": "4"}, used={"units": 1})
    with pytest.raises(FetchFailed, match="MICROLIFT_YOUTUBE_QUOTA"):
        fetch(vendor, landing, Big(), options={"quota": "many"})


def test_a_manifest_of_before_the_quotas_reads_as_nothing_used(
    vendor: Vendor, landing: Landing
) -> None:
    manifest, _ = fetch(vendor, landing, Big())
    path = manifest.folder / "manifest.json"
    text = path.read_text()
    assert '"usage"' in text
    head, _, tail = text.partition('  "usage": {')
    path.write_text(head.rstrip().rstrip(",") + tail.partition("}")[2])
    assert Manifest.read(path) == replace(manifest, usage={})


@pytest.mark.parametrize("oldest_first", [False, True])
def test_comments_of_the_brand_stop_a_week_before_the_window(
    vendor: Vendor, landing: Landing, oldest_first: bool
) -> None:
    job = {"accounts": BRAND, "kinds": frozenset({"counter", "entity"})}
    answer = Commented(oldest_first=oldest_first)
    manifest, calls = fetch(vendor, landing, answer, since=date(2026, 11, 22), **job)
    # Pages of days 0..5, 6..11; the window begins on the 22nd, so the 15th is old enough.
    assert calls.count("commentThreads") == 3
    pages = landed_pages(manifest, "comments")
    assert [(p["context"]["video_id"], p["context"]["page"]) for p in pages] == [
        ("v1", 0),
        ("v1", 1),
    ]
    asked = [call.query for call in vendor.calls if last(call) == "commentThreads"]
    assert {(q["order"], q["maxResults"], q["part"]) for q in asked} == {("time", "100", "snippet")}
    assert "text" not in asked[0]["fields"]
    assert max(i for i, name in enumerate(calls) if name.startswith("videos")) < calls.index(
        "commentThreads"
    )


def test_comments_of_others_are_not_read(vendor: Vendor, landing: Landing) -> None:
    _, calls = fetch(vendor, landing, Commented(), kinds=frozenset({"counter", "entity"}))
    assert "commentThreads" not in calls


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, "commentsDisabled"), "hidden_by_owner"),
        ((404, "videoNotFound"), "not_found"),
        ((403, "quotaExceeded"), "quota"),
        ((403, "forbidden"), "unauthorised"),
        ((400, "processingFailure"), "unavailable"),
    ],
)
def test_what_goes_wrong_with_comments_costs_no_counter(
    vendor: Vendor, landing: Landing, answer: tuple[int, str], reason: str
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        return error(*answer) if call.query["videoId"] == "v1" else None

    job = {"accounts": BRAND, "kinds": frozenset({"counter", "entity"})}
    manifest, _ = fetch(vendor, landing, Commented(refuse), **job)
    assert [(p.stream, p.reason, p.context) for p in manifest.problems] == [
        ("comments", reason, {"account_id": "UC1", "video_id": "v1"})
    ]
    assert requested(manifest) == ["v1", "v2"]


def test_comments_are_asked_for_no_further_when_the_quota_is_spent(
    vendor: Vendor, landing: Landing
) -> None:
    class Prolific(Commented):
        def uploads(self, call: Call) -> web.StreamResponse:
            return reply({"items": [upload(f"v{n}", 1 + n / 10) for n in range(400)]})

    job = {"accounts": BRAND, "kinds": frozenset({"counter", "entity"})}
    answer = Prolific(lambda call: error(403, "quotaExceeded"))
    manifest, calls = fetch(vendor, landing, answer, **job)
    assert len(requested(manifest)) == 400
    assert calls.count("commentThreads") < 200


def test_units_that_do_not_do_for_comments_still_bring_the_counters(
    vendor: Vendor, landing: Landing
) -> None:
    job = {"accounts": BRAND, "kinds": frozenset({"counter", "entity"}), "used": {"units": 9_997}}
    manifest, calls = fetch(vendor, landing, Commented(), **job)
    assert "commentThreads" not in calls
    assert requested(manifest) == ["v1", "v2"]
    assert {(p.stream, p.reason) for p in manifest.problems} == {("comments", "quota")}
    assert manifest.usage["units"] == 3
