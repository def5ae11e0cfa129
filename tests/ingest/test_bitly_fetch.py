"""Bitly over HTTP: one call a link, a month's limit, links that are not ours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from ingest_vendor import CANARY, NOW, Call, Vendor, landed_pages, make_job, reply, run_fetch

from ingest.errors import Deferred, FetchFailed, Throttled, Unauthorised, VendorUnavailable
from ingest.job import Link
from ingest.sources.bitly import SOURCE, bitlink

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing

LINKS = (Link("l1", "https://bit.ly/AbC"), Link("l2", "bit.ly/x-2"), Link("l3", "lmn.co/y"))


def clicks(call: Call, number: int = 0) -> web.StreamResponse:
    reference = call.query["unit_reference"]
    days = [{"clicks": 3, "date": "2026-11-21T00:00:00+0000"}]
    return reply({"link_clicks": days, "unit": "day", "units": 1, "unit_reference": reference})


def refused(status: int, message: str) -> web.StreamResponse:
    return reply({"message": message, "description": "no", "resource": "bitlinks"}, status)


def test_each_link_is_asked_once_for_the_whole_window(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = clicks
    manifest = run_fetch(SOURCE, make_job(links=LINKS), landing, vendor.url)
    assert sorted(call.request.raw_path.partition("?")[0] for call in vendor.calls) == [
        "/v4/bitlinks/bit.ly/AbC/clicks",
        "/v4/bitlinks/bit.ly/x-2/clicks",
        "/v4/bitlinks/lmn.co/y/clicks",
    ]
    # The 21st and the 22nd, whether the reference is the last day or the day after it.
    query = {"unit": "day", "units": "3", "unit_reference": "2026-11-23T00:00:00+0000"}
    assert all(call.query == query for call in vendor.calls)
    assert all("%2B0000" in call.request.raw_path for call in vendor.calls)
    assert vendor.calls[0].headers["Authorization"] == f"Bearer {CANARY}"
    assert [page["context"] for page in landed_pages(manifest, "clicks")] == [
        {"link_id": name, "bitlink": link, "since": "2026-11-21", "until": "2026-11-22"}
        for name, link in (("l1", "bit.ly/AbC"), ("l2", "bit.ly/x-2"), ("l3", "lmn.co/y"))
    ]


def test_the_reference_never_lies_ahead(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = clicks
    job = make_job(links=LINKS[:1], until=NOW.date())
    run_fetch(SOURCE, job, landing, vendor.url)
    assert vendor.calls[0].query["unit_reference"] == "2026-11-23T00:00:00+0000"
    assert vendor.calls[0].query["units"] == "3"


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (402, "UPGRADE_REQUIRED", "permission"),
        (403, "FORBIDDEN", "permission"),
        (404, "NOT_FOUND", "not_found"),
    ],
)
def test_a_refused_link_is_a_problem_and_the_others_go_on(
    vendor: Vendor, landing: Landing, status: int, message: str, reason: str
) -> None:
    vendor.answer = lambda call, n: refused(status, message) if "x-2" in call.path else clicks(call)
    manifest = run_fetch(SOURCE, make_job(links=LINKS), landing, vendor.url)
    assert [(p.reason, p.context["link_id"]) for p in manifest.problems] == [(reason, "l2")]
    assert manifest.streams["clicks"].pages == 2
    assert len(vendor.calls) == 3


def test_a_token_that_opens_no_link_is_unauthorised(vendor: Vendor, landing: Landing) -> None:
    vendor.answer = lambda call, n: refused(403, "FORBIDDEN")
    with pytest.raises(Unauthorised, match="every link"):
        run_fetch(SOURCE, make_job(links=LINKS), landing, vendor.url)
    assert landing.fetches() == []


@pytest.mark.parametrize("message", ["API_USAGE_LIMIT_EXCEEDED", "MONTHLY_LIMIT_EXCEEDED"])
@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 30, 23, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, tzinfo=UTC), 24),
        (datetime(2028, 2, 28, 12, tzinfo=UTC), 36),  # a leap year
    ],
)
def test_a_used_up_month_is_deferred_to_the_next_without_another_call(
    vendor: Vendor, landing: Landing, message: str, now: datetime, hours: int
) -> None:
    vendor.answer = lambda call, n: reply({"message": message}, 429)
    job = make_job(links=LINKS[:1], now=now, since=date(2026, 11, 20), until=date(2026, 11, 21))
    with pytest.raises(Deferred) as deferred:
        run_fetch(SOURCE, job, landing, vendor.url)
    assert deferred.value.seconds == hours * 3600
    assert len(vendor.calls) == 1
    assert landing.fetches() == []


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        (lambda: refused(429, "RATE_LIMIT_EXCEEDED"), Throttled, 7),
        (lambda: refused(503, "TEMPORARILY_UNAVAILABLE"), VendorUnavailable, 4),
        (lambda: refused(401, "UNAUTHORIZED"), Unauthorised, 1),
        (lambda: reply(b"Date, Clicks\n", headers={"Content-Type": "text/csv"}), FetchFailed, 1),
        (lambda: reply({"clicks": []}), VendorUnavailable, 4),
    ],
    ids=["minute's limit", "unavailable", "no token", "csv", "no list"],
)
def test_an_answer_is_judged_by_what_it_says(
    vendor: Vendor, landing: Landing, answer: object, kind: type[FetchFailed], calls: int
) -> None:
    vendor.answer = lambda call, n: answer()  # type: ignore[operator]
    with pytest.raises(kind) as raised:
        run_fetch(SOURCE, make_job(links=LINKS[:1]), landing, vendor.url)
    assert len(vendor.calls) == calls
    assert CANARY not in str(raised.value)


def test_counters_alone_ask_nothing(vendor: Vendor, landing: Landing) -> None:
    job = make_job(links=LINKS, kinds=frozenset({"counter"}))
    assert run_fetch(SOURCE, job, landing, vendor.url).streams == {}
    assert vendor.calls == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://bit.ly/AbC", "bit.ly/AbC"),
        ("HTTP://www.Bit.ly/AbC/?utm=1#top", "bit.ly/AbC"),
        (" bit.ly/a/b ", "bit.ly/a/b"),
    ],
)
def test_a_bitlink_has_no_scheme_and_keeps_its_case(written: str, asked: str) -> None:
    assert bitlink(written) == asked
