"""Journeys that are not ready are read again by id; what cannot be read at all is on the record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import CANARY, Call, Vendor, make_client, make_job, reply

from ingest.errors import FetchFailed, Unauthorised
from ingest.sources.shopify import SOURCE
from ingest.sources.shopify_queries import ORDERS, SCOPES, SHOP
from microlift.windows import still_pending

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

READY = {"ready": True}
WAITING = {"ready": False}


def order(number: int, journey: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "createdAt": "2026-11-22T08:00:00Z",
        "updatedAt": "2026-11-22T08:00:00Z",
        "sourceName": "web",
        "customerJourneySummary": journey,
        "refunds": [],
        **more,
    }


def gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


def fetch(
    vendor: Vendor,
    landing: Landing,
    changed: list[Any],
    by_id: list[Any] | None = None,
    scopes: tuple[str, ...] = ("read_all_orders",),
    **job: Any,
) -> Manifest:
    """A fetch of a shop with these changed orders, and these when it is asked by id."""

    def answer(call: Call, number: int) -> web.StreamResponse:
        question = call.body["query"]
        if question == SHOP:
            return reply({"data": {"shop": {"currencyCode": "EUR"}}})
        if question == SCOPES:
            listed = [{"handle": scope} for scope in scopes]
            return reply({"data": {"currentAppInstallation": {"accessScopes": listed}}})
        assert question == ORDERS
        is_window = call.body["variables"]["query"].startswith("updated_at")
        nodes = changed if is_window else by_id
        page = {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}
        return reply({"data": {"orders": page}})

    vendor.answer = answer
    client = make_client(
        vendor.url, auth=SOURCE.headers({"token": CANARY}), classify=SOURCE.classify
    )
    made = make_job(**{"options": {"shop": "lumen", "bulk_days": "999"}, **job})
    with landing.begin(SOURCE, made, "h", True) as writer:
        SOURCE.fetch(client, made, writer)
        return writer.commit()


def searches(vendor: Vendor) -> list[str]:
    asked = [call.body for call in vendor.calls if call.body["query"] == ORDERS]
    return [body["variables"]["query"] for body in asked][1:]


def test_only_orders_that_may_still_get_a_journey_are_pending(
    vendor: Vendor, landing: Landing
) -> None:
    changed = [
        order(1, READY),
        order(2, WAITING),
        order(3, None),
        order(4, None, sourceName="pos"),
        order(5, None, sourceName="shopify_draft_order"),
        order(6, WAITING, test=True),
        order(7, WAITING, cancelledAt="2026-11-22T09:00:00Z"),
        order(8, WAITING, createdAt="2026-10-25T00:00:00Z"),
        order(9, WAITING, createdAt="2026-10-24T23:59:59Z"),
        order(10, READY, sourceName=["no", "text"]),
    ]
    manifest = fetch(vendor, landing, changed)
    day = date(2026, 12, 22)
    assert manifest.pending == {gid(2): day, gid(3): day, gid(8): date(2026, 11, 24)}
    assert landing.fetches()[0].pending == manifest.pending
    assert (manifest.problems, searches(vendor)) == ((), [])


def test_what_is_pending_is_read_by_id_unless_it_was_met_already(
    vendor: Vendor, landing: Landing
) -> None:
    day = date(2026, 12, 22)
    pending = {gid(1): day, gid(2): day, gid(3): day}
    manifest = fetch(
        vendor, landing, [order(1, READY)], [order(2, WAITING), order(3, READY)], pending=pending
    )
    assert searches(vendor) == ["id:2 OR id:3"]
    assert manifest.streams["orders"].pages == 2
    assert manifest.pending == {gid(2): day}


def test_fifty_ids_are_asked_for_at_once(vendor: Vendor, landing: Landing) -> None:
    pending = {gid(number): date(2026, 12, 22) for number in range(120)}
    fetch(vendor, landing, [], [], pending=pending)
    assert [search.count("id:") for search in searches(vendor)] == [50, 50, 20]


def test_an_order_that_is_gone_is_recorded_and_no_longer_asked_for(
    vendor: Vendor, landing: Landing
) -> None:
    manifest = fetch(vendor, landing, [], [], pending={gid(1): date(2026, 12, 22)})
    (problem,) = manifest.problems
    assert (problem.reason, problem.context) == ("not_found", {"order_id": gid(1)})
    assert manifest.pending == {}


def test_a_journey_that_never_came_is_recorded_once(vendor: Vendor, landing: Landing) -> None:
    late = order(1, WAITING, createdAt="2026-10-24T08:00:00Z")
    manifest = fetch(vendor, landing, [], [late], pending={gid(1): date(2026, 11, 23)})
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("orders", "not_ready")
    assert "no journey after 30 days for 1 orders" in problem.detail
    assert manifest.pending == {}


def test_an_order_nobody_asked_for_means_the_filter_was_ignored(
    vendor: Vendor, landing: Landing
) -> None:
    with pytest.raises(FetchFailed, match="was not asked for: the filter was ignored"):
        fetch(vendor, landing, [], [order(7, READY)], pending={gid(1): date(2026, 12, 22)})
    assert landing.fetches() == []


@pytest.mark.parametrize("mutated", [None, {}, {"id": 5}, {"id": gid(2), "refunds": "x"}])
def test_a_mutated_order_is_left_for_load_to_put_aside(
    vendor: Vendor, landing: Landing, mutated: Any
) -> None:
    assert fetch(vendor, landing, [mutated, order(1, READY, refunds=[None, 3])]).pending == {}


def test_a_window_beyond_60_days_without_the_scope_says_what_cannot_be_read(
    vendor: Vendor, landing: Landing
) -> None:
    manifest = fetch(vendor, landing, [], scopes=("read_orders",), since=date(2026, 9, 23))
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("orders", "permission")
    assert problem.context == {"shop": "lumen", "first_day": "2026-09-24"}
    assert "lacks the scope read_all_orders: 2026-09-24 is the first day" in problem.detail


@pytest.mark.parametrize(
    ("since", "scopes", "asks"),
    [
        (date(2026, 9, 24), (), False),
        (date(2026, 9, 23), ("read_orders", "read_all_orders"), True),
    ],
    ids=["60 days", "with the scope"],
)
def test_nothing_is_said_where_nothing_is_left_out(
    vendor: Vendor, landing: Landing, since: date, scopes: tuple[str, ...], asks: bool
) -> None:
    assert fetch(vendor, landing, [], scopes=scopes, since=since).problems == ()
    assert (SCOPES in [call.body["query"] for call in vendor.calls]) is asks


def test_a_missing_scope_is_named_with_its_stream(vendor: Vendor, landing: Landing) -> None:
    error = {
        "message": "Access denied for customer field.",
        "extensions": {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope."},
        "path": ["orders", "nodes", 0, "customer"],
    }
    vendor.answer = lambda call, number: reply({"errors": [error], "data": {"orders": None}})
    client = make_client(vendor.url, classify=SOURCE.classify)
    job = make_job(options={"shop": "lumen"})
    with (
        pytest.raises(Unauthorised, match="stream orders needs `read_customers` access scope"),
        landing.begin(SOURCE, job, "h", True) as writer,
    ):
        SOURCE.fetch(client, job, writer)


def test_the_next_fetch_is_handed_what_the_newest_left_pending(
    vendor: Vendor, landing: Landing
) -> None:
    def night(day: int, changed: list[Any]) -> None:
        fetch(vendor, landing, changed, now=datetime(2026, 11, day, 2, 30, tzinfo=UTC),
              since=date(2026, 11, day - 1), until=date(2026, 11, day))  # fmt: skip

    night(23, [order(1, WAITING)])
    assert still_pending(landing.fetches()) == {gid(1): date(2026, 12, 22)}
    night(24, [order(2, WAITING, updatedAt="2026-11-23T08:00:00Z")])
    assert still_pending(landing.fetches()).keys() == {gid(2)}
    assert still_pending([]) == {}


def test_an_order_with_more_lines_than_a_page_shows_is_read_again_with_all_of_them(
    vendor: Vendor, landing: Landing
) -> None:
    cut = {"nodes": [], "pageInfo": {"hasNextPage": True}}
    whole = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    long_refund = {"id": "r", "refundLineItems": cut}
    changed = [
        order(1, READY, lineItems=cut),
        order(2, READY, lineItems=whole),
        order(3, READY, lineItems=whole, refunds=[long_refund]),
    ]
    again = [order(1, READY, lineItems=whole), order(3, READY, lineItems=whole)]
    fetch(vendor, landing, changed, again)
    asked = [call.body["variables"] for call in vendor.calls if call.body["query"] == ORDERS]
    assert [one["lines"] for one in asked] == [20, 250]
    assert asked[1]["query"] == "id:1 OR id:3"
