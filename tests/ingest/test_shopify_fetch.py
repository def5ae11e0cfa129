"""Shopify over HTTP: one window of updates, cost, and refusals that come with status 200."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from ingest_vendor import CANARY, NOW, Call, Vendor, landed_pages, make_job, reply, run_fetch

from ingest.errors import FetchFailed, IngestError, PaginationLoop, Unauthorised
from ingest.sources.shopify import SOURCE
from ingest.sources.shopify_queries import ORDERS, SCOPES, SHOP, bulk_orders

if TYPE_CHECKING:
    from ingest.landing import Landing

SHOP_BODY = {"data": {"shop": {"ianaTimezone": "Europe/Berlin", "currencyCode": "EUR"}}}


def order(number: int, updated_at: str = "2026-11-22T10:00:00Z") -> dict[str, Any]:
    return {"id": f"gid://shopify/Order/{number}", "updatedAt": updated_at, "newField": "kept"}


def orders(nodes: list[Any], cursor: str | None = None, **more: Any) -> dict[str, Any]:
    info = {"hasNextPage": cursor is not None, "endCursor": cursor or "last"}
    return {"data": {"orders": {"nodes": nodes, "pageInfo": info}}, **more}


def cost(requested: float, available: float, rate: float = 100.0) -> dict[str, Any]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": rate}
    return {"extensions": {"cost": {"requestedQueryCost": requested, "throttleStatus": status}}}


def refusal(code: str, **more: Any) -> dict[str, Any]:
    return {"errors": [{"message": "Refused", "extensions": {"code": code}}], **more}


Page = Callable[[Call, int], web.StreamResponse]


def shop_with(page: Page) -> Page:
    """A shop whose orders are answered by `page`, given the call and how many came before."""
    count = -1

    def answer(call: Call, number: int) -> web.StreamResponse:
        nonlocal count
        if call.body["query"] == SHOP:
            return reply(SHOP_BODY)
        if call.body["query"] == SCOPES:
            scopes = [{"handle": "read_all_orders"}]
            return reply({"data": {"currentAppInstallation": {"accessScopes": scopes}}})
        count += 1
        return page(call, count)

    return answer


def fetch(vendor: Vendor, landing: Landing, page: Page, **job: Any) -> Any:
    vendor.answer = shop_with(page)
    return run_fetch(SOURCE, make_job(options={"shop": "lumen"}, **job), landing, vendor.url)


def test_orders_are_paged_to_the_end_and_landed_with_the_shop(
    vendor: Vendor, landing: Landing
) -> None:
    pages = [orders([order(1), order(2)], "A"), orders([], "B"), orders([order(3)])]
    manifest = fetch(vendor, landing, lambda call, n: reply(pages[n]))
    assert [page["body"] for page in landed_pages(manifest, "orders")] == pages
    assert landed_pages(manifest, "shop")[0]["context"] == {"shop": "lumen"}
    asked = [call.body["variables"] for call in vendor.calls[1:]]
    assert [a["after"] for a in asked] == [None, "A", "B"]
    assert vendor.calls[0].path == "/admin/api/2026-10/graphql.json"
    assert vendor.calls[0].headers["X-Shopify-Access-Token"] == CANARY


def test_a_year_is_one_window_from_the_first_midnight_minus_an_hour_to_now(
    vendor: Vendor, landing: Landing
) -> None:
    vendor.answer = shop_with(lambda call, n: reply(orders([])))
    job = make_job(options={"shop": "lumen", "bulk_days": "999"}, since=date(2025, 11, 22))
    run_fetch(SOURCE, job, landing, vendor.url)
    (asked,) = [call.body["variables"]["query"] for call in vendor.calls[2:]]
    assert asked == ("updated_at:>='2025-11-21T23:00:00Z' AND updated_at:<='2026-11-23T02:30:00Z'")


@pytest.mark.parametrize("updated_at", ["2026-11-20T22:59:59Z", "2026-11-23T02:30:01Z"])
def test_an_order_outside_the_window_means_the_filter_was_ignored(
    vendor: Vendor, landing: Landing, updated_at: str
) -> None:
    with pytest.raises(FetchFailed, match="filter was ignored"):
        fetch(vendor, landing, lambda call, n: reply(orders([order(1), order(2, updated_at)])))
    assert landing.fetches() == []


@pytest.mark.parametrize("updated_at", ["2026-11-20T23:00:00Z", "2026-11-23T02:30:00Z"])
def test_the_edges_of_the_window_belong_to_it(
    vendor: Vendor, landing: Landing, updated_at: str
) -> None:
    assert fetch(vendor, landing, lambda call, n: reply(orders([order(1, updated_at)])))


def test_an_order_without_its_date_is_left_for_load_to_put_aside(
    vendor: Vendor, landing: Landing
) -> None:
    assert fetch(vendor, landing, lambda call, n: reply(orders([{"id": "x"}, None])))


def test_a_throttled_answer_waits_as_long_as_the_bucket_needs(
    vendor: Vendor, landing: Landing
) -> None:
    throttled = refusal("THROTTLED", **cost(100, 40, 100))
    fetch(vendor, landing, lambda call, n: reply(throttled if n == 0 else orders([])))
    assert 0.6 <= vendor.calls[2].at - vendor.calls[1].at <= 0.9


def test_the_next_page_waits_until_the_bucket_can_pay_for_it(
    vendor: Vendor, landing: Landing
) -> None:
    pages = [orders([], "A", **cost(100, 50, 100)), orders([])]
    fetch(vendor, landing, lambda call, n: reply(pages[n]))
    assert 0.5 <= vendor.calls[2].at - vendor.calls[1].at <= 0.8


def test_a_page_that_costs_too_much_is_halved_and_stays_small(
    vendor: Vendor, landing: Landing
) -> None:
    def page(call: Call, number: int) -> web.StreamResponse:
        if call.body["variables"]["first"] > 20:
            return reply(refusal("MAX_COST_EXCEEDED"))
        return reply(orders([], "A" if number == 2 else None))

    fetch(vendor, landing, page)
    asked = [call.body["variables"] for call in vendor.calls[1:]]
    assert [(a["first"], a["after"]) for a in asked] == [
        (50, None),
        (25, None),
        (12, None),
        (12, "A"),
    ]


REFUSALS: dict[str, tuple[dict[str, Any], int, type[IngestError], int]] = {
    "token, as text": ({"errors": "[API] Invalid API key"}, 401, Unauthorised, 1),
    "wrong shop": ({"errors": "Not Found"}, 404, FetchFailed, 1),
    "text with status 200": ({"errors": "Something"}, 200, FetchFailed, 1),
    "no scope": (refusal("ACCESS_DENIED"), 200, Unauthorised, 1),
    "no scope, partial data": (
        refusal("ACCESS_DENIED", **orders([order(1)])),
        200,
        Unauthorised,
        1,
    ),
    "one order still too dear": (refusal("MAX_COST_EXCEEDED"), 200, FetchFailed, 6),
    "closed shop": (refusal("SHOP_INACTIVE"), 200, FetchFailed, 1),
    "vendor's own fault": (refusal("INTERNAL_SERVER_ERROR"), 200, FetchFailed, 4),
    "no code": ({"errors": [{"message": "Field 'x' doesn't exist"}]}, 200, FetchFailed, 1),
    "no orders": ({"data": {"orders": None}}, 200, FetchFailed, 4),
    "no cursor": (
        {"data": {"orders": {"nodes": [], "pageInfo": {"hasNextPage": True}}}},
        200,
        FetchFailed,
        1,
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_stops_the_source_and_shows_nothing(
    vendor: Vendor, landing: Landing, case: str
) -> None:
    body, status, kind, calls = REFUSALS[case]
    with pytest.raises(kind) as raised:
        fetch(vendor, landing, lambda call, n: reply(body, status))
    assert len(vendor.calls) - 1 == calls
    assert landing.fetches() == []
    assert CANARY not in str(raised.value)


def test_another_version_than_asked_for_is_refused(vendor: Vendor, landing: Landing) -> None:
    served = {"X-Shopify-API-Version": "2026-07"}
    vendor.answer = lambda call, n: reply(SHOP_BODY, headers=served)
    with pytest.raises(FetchFailed, match="version 2026-07 instead of 2026-10"):
        run_fetch(SOURCE, make_job(), landing, vendor.url)


def test_a_cursor_seen_twice_fails_loudly(vendor: Vendor, landing: Landing) -> None:
    with pytest.raises(PaginationLoop):
        fetch(vendor, landing, lambda call, n: reply(orders([order(1)], "A")))


def test_a_night_of_counters_asks_nothing(vendor: Vendor, landing: Landing) -> None:
    manifest = fetch(
        vendor, landing, lambda call, n: reply(orders([])), kinds=frozenset({"counter"})
    )
    assert manifest.streams == {}
    assert vendor.calls == []


def test_no_question_asks_for_a_person() -> None:
    personal = r"(?i)\b(e?mail|phone|\w*address\w*|first_?name|last_?name|displayName|note)\b"
    assert not re.search(personal, ORDERS + SHOP + bulk_orders(""))
    assert "customer { id numberOfOrders }" in ORDERS


def test_the_end_of_the_window_is_now_to_the_second(vendor: Vendor, landing: Landing) -> None:
    now = datetime(2026, 11, 23, 2, 30, 0, 999_999, tzinfo=UTC)
    assert now > NOW
    fetch(
        vendor, landing, lambda call, n: reply(orders([order(1, "2026-11-23T02:30:00Z")])), now=now
    )
    assert vendor.calls[1].body["variables"]["query"].endswith("<='2026-11-23T02:30:00Z'")
