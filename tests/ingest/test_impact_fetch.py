"""impact.com over HTTP: two sweeps in windows, pages by an address that stays with the vendor."""

from __future__ import annotations

import base64
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import CANARY, Call, Vendor, landed_pages, make_job, reply, run_fetch

from ingest.errors import (
    Deferred,
    FetchFailed,
    PaginationLoop,
    Throttled,
    Unauthorised,
    UnsafeUrl,
    VendorUnavailable,
)
from ingest.sources.impact import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

PATH = "/Advertisers/IR1/Actions"
HELD = {"account": "IR1", "token": CANARY, "campaign": "1000"}


def page(actions: Any, following: str = "", pages: int = 1) -> dict[str, Any]:
    total = len(actions) if isinstance(actions, list | dict) else 0
    return {
        "@page": "1",
        "@numpages": str(pages),
        "@total": str(total),
        "@nextpageuri": following,
        "Actions": actions,
    }


def action(number: int) -> dict[str, Any]:
    return {"Id": f"1000.1.{number}", "State": "PENDING", "Amount": "21.99", "Oid": ""}


def run(vendor: Vendor, landing: Landing, **job: Any) -> Manifest:
    order = make_job(options=HELD, **job)
    return run_fetch(SOURCE, order, landing, vendor.url)


def spans(vendor: Vendor, name: str = "") -> list[tuple[str, str]]:
    names = (f"{name}Start", f"{name}End") if name else ("StartDate", "EndDate")
    return [
        (call.query[names[0]], call.query[names[1]])
        for call in vendor.calls
        if names[0] in call.query
    ]


def test_updated_and_unlocked_actions_are_both_asked_for(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = lambda call, n: reply(page([action(n)]))
    manifest = run(vendor, landing)
    assert spans(vendor) == [("2026-11-21T00:00:00Z", "2026-11-22T23:59:59Z")]
    assert spans(vendor, "LockingDate") == [
        ("2026-11-20T00:00:00Z", "2027-01-03T23:59:59Z"),
        ("2027-01-04T00:00:00Z", "2027-02-17T23:59:59Z"),
        ("2027-02-18T00:00:00Z", "2027-03-22T23:59:59Z"),
    ]
    (first, *_) = vendor.calls
    assert first.path == PATH
    assert first.query["CampaignId"] == "1000"
    pair = base64.b64encode(f"IR1:{CANARY}".encode()).decode()
    assert first.headers["Authorization"] == f"Basic {pair}"
    assert first.headers["IR-Version"] == "14"
    assert first.headers["Accept"] == "application/json"
    assert manifest.streams["actions"].pages == 4
    assert [p["context"]["by"] for p in landed_pages(manifest, "actions")] == [
        "Updated", "LockingDate", "LockingDate", "LockingDate",
    ]  # fmt: skip


def test_windows_are_at_most_45_days_side_by_side_and_three_years_back(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: reply(page([]))
    run(vendor, landing, since=date(2020, 1, 1))
    for found in (spans(vendor), spans(vendor, "LockingDate")):
        moments = [tuple(datetime.fromisoformat(text) for text in span) for span in found]
        assert all((last - first).days < 45 for first, last in moments)
        gaps = {(b[0] - a[1]).total_seconds() for a, b in pairwise(moments)}
        assert gaps == {1.0}
        assert moments[0][0].date() == date(2023, 11, 25)


def test_pages_are_followed_by_the_vendors_own_address(vendor: Vendor, landing: Landing) -> None:
    def answer(call: Call, number: int) -> web.StreamResponse:
        if "LockingDateStart" in call.query:
            return reply(page([]))
        if call.query.get("Page") == "2":
            return reply(page([action(2)], ""))
        following = f"{PATH}?Page=2&PageSize=10000&StartDate=2026-11-21T00%3A00%3A00Z&AfterId=a%2Bb"
        return reply(page([action(1)], following))

    vendor.answer = answer
    manifest = run(vendor, landing)
    assert vendor.calls[1].query == {
        "Page": "2", "PageSize": "10000", "StartDate": "2026-11-21T00:00:00Z", "AfterId": "a+b",
    }  # fmt: skip
    rows = [p["body"]["Actions"] for p in landed_pages(manifest, "actions")]
    assert rows[:2] == [[action(1)], [action(2)]]


@pytest.mark.parametrize(
    "following",
    [
        "https://elsewhere.example/Advertisers/IR1/Actions?Page=2",
        "//elsewhere.example/Advertisers/IR1/Actions?Page=2",
        "/Advertisers/IR2/Actions?Page=2",
        "/Advertisers/IR1/../IR2/Actions",
    ],
)
def test_an_address_that_leads_elsewhere_is_not_followed(
    vendor: Vendor, landing: Landing, following: str
) -> None:
    vendor.answer = lambda call, n: reply(page([action(1)], following))
    with pytest.raises(UnsafeUrl):
        run(vendor, landing)
    assert len(vendor.calls) == 1
    assert landing.fetches() == []


def test_an_address_that_comes_back_fails_loudly(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = lambda call, n: reply(page([action(1)], f"{PATH}?Page=2"))
    with pytest.raises(PaginationLoop):
        run(vendor, landing)


@pytest.mark.parametrize(
    ("body", "pages"),
    [
        (page([]), 4),
        (page(action(1)), 4),
        (page(""), 0),
        (page(None), 0),
        ({"@total": "0"}, 0),
    ],
    ids=["empty list", "one object", "empty text", "null", "absent"],
)
def test_actions_come_as_a_list_as_one_or_not_at_all(
    vendor: Vendor, landing: Landing, body: dict[str, Any], pages: int
) -> None:
    vendor.answer = lambda call, n: reply(body)
    assert len(landed_pages(run(vendor, landing), "actions")) == pages


def test_counted_actions_that_are_not_sent_are_no_empty_page(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = lambda call, n: reply({"@total": "7"})
    with pytest.raises(FetchFailed, match="counted actions"):
        run(vendor, landing)


def test_a_window_with_too_many_pages_is_asked_in_halves(vendor: Vendor, landing: Landing) -> None:
    def answer(call: Call, number: int) -> web.StreamResponse:
        first, last = call.query.get("StartDate", ""), call.query.get("EndDate", "")
        return reply(page([action(number)], pages=1 if first[:10] == last[:10] else 11))

    vendor.answer = lambda call, n: (
        answer(call, n) if "StartDate" in call.query else reply(page([]))
    )
    run(vendor, landing, since=date(2026, 11, 20))
    assert [(a[8:10], b[8:10]) for a, b in spans(vendor)] == [
        ("20", "22"), ("20", "21"), ("20", "20"), ("21", "21"), ("22", "22"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "kind", "calls"),
    [
        (429, {"X-RateLimit-Reset": "900"}, Deferred, 1),
        (429, {}, Throttled, 7),
        (401, {}, Unauthorised, 1),
        (403, {}, Unauthorised, 1),
        (402, {}, FetchFailed, 1),
        (400, {}, FetchFailed, 1),
        (500, {}, VendorUnavailable, 4),
    ],
    ids=str,
)
def test_an_error_is_judged_by_its_status(  # noqa: PLR0917
    vendor: Vendor,
    landing: Landing,
    status: int,
    headers: dict[str, str],
    kind: type[FetchFailed],
    calls: int,
) -> None:
    body = {"Status": "ERROR", "Message": "No", "Errors": [{"Field": "x", "Message": "y"}]}
    vendor.answer = lambda call, n: reply(body, status, headers)
    with pytest.raises(kind) as raised:
        run(vendor, landing)
    assert type(raised.value) is kind
    assert len(vendor.calls) == calls
    assert CANARY not in str(raised.value)
    if kind is Deferred:
        assert raised.value.seconds == 900
    if status == 403:
        assert "`actions` needs a token with the scope" in str(raised.value)


def test_the_last_call_of_the_hour_is_the_last(vendor: Vendor, landing: Landing) -> None:
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800"}
    vendor.answer = lambda call, n: reply(page([]), headers=limits)
    with pytest.raises(Deferred):
        run(vendor, landing)
    assert len(vendor.calls) == 1
