"""TikTok's Display API over HTTP: success by code, paging by milliseconds, a token an account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import NOW, Call, Vendor, landed_pages, make_job, reply, run_fetch

from ingest.auth import AuthByAccount
from ingest.errors import (
    FetchFailed,
    IncompletePage,
    PaginationLoop,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)
from ingest.sources.tiktok import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from ingest.landing import Landing

OK = {"code": "ok", "message": "", "log_id": "log1"}


def seconds(days_old: float) -> int:
    return int((NOW - timedelta(days=days_old)).timestamp())


def video(video_id: str, days_old: float) -> dict[str, Any]:
    return {"id": video_id, "create_time": seconds(days_old), "view_count": 5}


def error(code: str, status: int = 200) -> web.StreamResponse:
    told = {"code": code, "message": "no", "log_id": "log-of-the-refusal"}
    return reply({"data": {}, "error": told}, status)


class TikTok:
    """Accounts with three pages of videos: an empty one, a short one, and one that gets too old."""

    def __init__(self) -> None:
        first, second = seconds(1) * 1000, seconds(50) * 1000
        self.pages: dict[int | None, dict[str, Any]] = {
            None: {"videos": [], "cursor": first, "has_more": True},
            first: {"videos": [video("a", 2)], "cursor": second, "has_more": True},
            second: {"videos": [video("b", 89), video("c", 91)], "cursor": 1, "has_more": True},
        }

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        if call.path == "/v2/user/info/":
            account_id = call.headers["Authorization"].removeprefix("Bearer token-of-")
            return reply({"data": {"user": {"open_id": account_id}}, "error": OK})
        return reply({"data": self.pages[call.body.get("cursor")], "error": OK})


def own_token(held: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {held['token']}"}


def run(vendor: Vendor, landing: Landing, *account_ids: str) -> Any:
    pairs = ",".join(f"{i}=token-of-{i}" for i in account_ids)
    auth = AuthByAccount({"token": pairs}, own_token)
    return run_fetch(SOURCE, make_job(*account_ids), landing, vendor.url, auth=auth)


def test_a_fetch_lands_accounts_and_videos_until_they_are_too_old(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = TikTok()
    manifest = run(vendor, landing, "ana", "ben")
    assert manifest.problems == ()
    assert [p["context"] for p in landed_pages(manifest, "accounts")] == [
        {"account_id": "ana"},
        {"account_id": "ben"},
    ]
    found = [
        [v["id"] for v in p["body"]["data"]["videos"]]
        for p in landed_pages(manifest, "videos")
        if p["context"] == {"account_id": "ana"}
    ]
    assert found == [[], ["a"], ["b", "c"]]


def test_fields_go_into_the_query_of_a_post_and_the_cursor_into_its_body_as_a_number(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = TikTok()
    run(vendor, landing, "ana")
    lists = [call for call in vendor.calls if call.path == "/v2/video/list/"]
    assert [call.body for call in lists] == [
        {"max_count": 20},
        {"max_count": 20, "cursor": seconds(1) * 1000},
        {"max_count": 20, "cursor": seconds(50) * 1000},
    ]
    assert all("view_count" in call.query["fields"].split(",") for call in lists)
    assert {call.headers["Authorization"] for call in lists} == {"Bearer token-of-ana"}


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        pytest.param((code, status), kind, calls, id=f"{code} with {status}")
        for code, status, kind, calls in [
            ("access_token_invalid", 401, Unauthorised, 1),
            ("access_token_invalid", 200, Unauthorised, 1),
            ("rate_limit_exceeded", 429, Throttled, 7),
            ("rate_limit_exceeded", 200, Throttled, 7),
            ("internal_error", 500, VendorUnavailable, 4),
            ("internal_error", 200, VendorUnavailable, 4),
            ("invalid_params", 400, FetchFailed, 1),
            ("something_new", 200, FetchFailed, 1),
            ("something_new", 503, VendorUnavailable, 4),
        ]
    ],
)
def test_an_answer_is_judged_by_its_code_whatever_the_status(
    vendor: Vendor,
    landing: Landing,
    answer: tuple[str, int],
    kind: type[FetchFailed],
    calls: int,
) -> None:
    vendor.answer = lambda call, n: error(*answer)
    with pytest.raises(kind, match="log-of-the-refusal") as raised:
        run(vendor, landing, "ana")
    assert type(raised.value) is kind
    assert len(vendor.calls) == calls
    assert landing.fetches() == []


def test_an_answer_without_its_error_object_is_not_a_success(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: reply({"data": {"user": {"open_id": "ana"}}})
    with pytest.raises(IncompletePage, match=r"error\.code is missing"):
        run(vendor, landing, "ana")
    assert {*vendor.paths} == {"/v2/user/info/"}


def test_one_account_whose_token_ended_does_not_stop_the_others(
    vendor: Vendor, landing: Landing
) -> None:
    whole = TikTok()
    vendor.answer = lambda call, n: (
        error("access_token_invalid", 401)
        if call.headers["Authorization"].endswith("ben")
        else whole(call, n)
    )
    manifest = run(vendor, landing, "ana", "ben")
    assert [(p.stream, p.reason, p.context) for p in manifest.problems] == [
        ("accounts", "unauthorised", {"account_id": "ben"})
    ]
    assert manifest.streams["videos"].pages == 3
    assert not any(
        call.path == "/v2/video/list/" and call.headers["Authorization"].endswith("ben")
        for call in vendor.calls
    )


def test_a_missing_scope_is_named_for_its_stream_and_the_other_stream_goes_on(
    vendor: Vendor, landing: Landing
) -> None:
    whole = TikTok()
    vendor.answer = lambda call, n: (
        error("scope_not_authorized", 401) if call.path == "/v2/video/list/" else whole(call, n)
    )
    manifest = run(vendor, landing, "ana")
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("videos", "permission")
    assert problem.detail.endswith("videos needs video.list")
    assert set(manifest.streams) == {"accounts"}


def test_a_token_of_another_account_gives_nobody_the_numbers_of_somebody_else(
    vendor: Vendor, landing: Landing
) -> None:
    whole = TikTok()

    def answer(call: Call, number: int) -> web.StreamResponse:
        if call.path == "/v2/user/info/" and call.headers["Authorization"].endswith("ben"):
            return reply({"data": {"user": {"open_id": "ana"}}, "error": OK})
        return whole(call, number)

    vendor.answer = answer
    manifest = run(vendor, landing, "ana", "ben")
    (problem,) = manifest.problems
    assert (problem.reason, problem.context) == ("unauthorised", {"account_id": "ben"})
    assert "belongs to another account" in problem.detail
    assert {p["context"]["account_id"] for p in landed_pages(manifest, "videos")} == {"ana"}


@pytest.mark.parametrize("cursor", [0, None, "soon"])
def test_more_without_a_cursor_is_no_whole_page(
    vendor: Vendor, landing: Landing, cursor: object
) -> None:
    tiktok = TikTok()
    tiktok.pages[None]["cursor"] = cursor
    vendor.answer = tiktok
    with pytest.raises(IncompletePage, match="has_more"):
        run(vendor, landing, "ana")


def test_a_cursor_that_stands_still_fails_loudly(vendor: Vendor, landing: Landing) -> None:
    tiktok = TikTok()
    first = seconds(1) * 1000
    tiktok.pages[first]["cursor"] = first
    vendor.answer = tiktok
    with pytest.raises(PaginationLoop):
        run(vendor, landing, "ana")


def test_the_last_page_ends_the_reading_although_it_has_a_cursor(
    vendor: Vendor, landing: Landing
) -> None:
    tiktok = TikTok()
    tiktok.pages[None] = {"cursor": 5, "has_more": False}  # no list at all: nothing to land
    vendor.answer = tiktok
    assert set(run(vendor, landing, "ana").streams) == {"accounts"}
