"""TikTok's Business API over HTTP: always status 200, fields as JSON, limits by message."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import NOW, Call, Vendor, landed_pages, make_job, reply, run_fetch

from ingest.auth import AuthByAccount
from ingest.errors import (
    Deferred,
    FetchFailed,
    IncompletePage,
    Unauthorised,
    VendorUnavailable,
)
from ingest.sources.tiktok_business import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing

DAYS, VIDEOS = "/open_api/v1.3/business/get/", "/open_api/v1.3/business/video/list/"


def envelope(data: Any, code: int = 0, message: str = "OK") -> web.StreamResponse:
    return reply({"code": code, "message": message, "request_id": "req1", "data": data})


def whole(call: Call, number: int) -> web.StreamResponse:
    if call.path == DAYS:
        return envelope({"followers_count": 7, "metrics": [{"date": "2026-11-21"}]})
    created = str(int(NOW.timestamp()) - 86_400)  # seconds, as text
    videos = {"0": [{"item_id": "1", "create_time": created}], "1700000000000": []}
    cursor = call.query["cursor"]
    more = {"cursor": 1_700_000_000_000, "has_more": cursor == "0"}
    return envelope({"videos": videos[cursor], **more})


def run(vendor: Vendor, landing: Landing, *account_ids: str, **settings: Any) -> Any:
    pairs = ",".join(f"{i}=token-of-{i}" for i in account_ids)
    auth = AuthByAccount({"token": pairs}, SOURCE.headers)
    job = make_job(*account_ids, **settings)
    return run_fetch(SOURCE, job, landing, vendor.url, auth=auth)


def test_a_fetch_lands_days_and_videos_of_each_account_with_its_own_token(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = whole
    manifest = run(vendor, landing, "ana", "ben")
    assert manifest.problems == ()
    assert landed_pages(manifest, "account_days")[0]["context"] == {
        "account_id": "ana",
        "since": "2026-11-21",
        "until": "2026-11-22",
    }
    assert manifest.streams["videos"].pages == 4
    for call in vendor.calls:
        assert call.headers["Access-Token"] == f"token-of-{call.query['business_id']}"
        fields = json.loads(call.query["fields"])
        assert call.path == DAYS or "item_id" in fields


def test_days_are_asked_for_no_further_back_than_sixty_and_until_yesterday(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = whole
    run(vendor, landing, "ana", since=date(2026, 1, 1), until=NOW.date())
    assert {vendor.calls[0].query[name] for name in ("start_date", "end_date")} == {
        "2026-09-24",
        "2026-11-22",
    }


def test_a_window_without_a_past_day_asks_for_videos_alone(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = whole
    run(vendor, landing, "ana", since=NOW.date(), until=NOW.date())
    assert {*vendor.paths} == {VIDEOS}


@pytest.mark.parametrize(
    ("code", "kind", "calls"),
    [
        (50000, VendorUnavailable, 4),
        (40105, Unauthorised, 1),
        (40002, FetchFailed, 2),
        (40700, FetchFailed, 1),
    ],
)
def test_an_answer_is_judged_by_its_code(
    vendor: Vendor, landing: Landing, code: int, kind: type[FetchFailed], calls: int
) -> None:
    vendor.answer = lambda call, n: envelope({}, code, "not so")
    with pytest.raises(kind, match=f"{code}: not so .request_id req1") as raised:
        run(vendor, landing, "ana")
    assert type(raised.value) is kind
    assert len(vendor.calls) == calls


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Too many requests. Please retry in some time.", 300),
        ("Daily request limit reached", 21.5 * 3600),
    ],
)
def test_one_code_stands_for_the_limit_of_a_minute_and_of_a_day(
    vendor: Vendor, landing: Landing, message: str, seconds: float
) -> None:
    vendor.answer = lambda call, n: envelope({}, 40100, message)
    with pytest.raises(Deferred) as deferred:
        run(vendor, landing, "ana")
    assert deferred.value.seconds == seconds
    assert len(vendor.calls) == 1


def test_five_minutes_are_waited_for_in_place() -> None:
    assert SOURCE.max_wait > 300 * 1.05


def test_an_account_that_lacks_a_scope_does_not_stop_the_others(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: (
        envelope({}, 40001, "No permission to operate")
        if call.query["business_id"] == "ben" and call.path == VIDEOS
        else whole(call, n)
    )
    manifest = run(vendor, landing, "ana", "ben")
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("videos", "permission")
    assert problem.detail.endswith("videos needs video.list and video.insights")
    assert manifest.streams["account_days"].pages == 2


def test_an_answer_without_days_is_recorded_and_not_landed(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: envelope({}) if call.path == DAYS else whole(call, n)
    manifest = run(vendor, landing, "ana")
    assert [(p.stream, p.reason) for p in manifest.problems] == [("account_days", "not_ready")]
    assert set(manifest.streams) == {"videos"}


def test_a_success_without_data_is_no_whole_page(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = lambda call, n: envelope(None)
    with pytest.raises(IncompletePage, match="data is NoneType"):
        run(vendor, landing, "ana")
