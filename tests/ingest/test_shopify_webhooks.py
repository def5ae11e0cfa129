"""A delivery's body is landed without anything that names or locates a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from ingest_vendor import landed_pages

from ingest.errors import FetchFailed, IncompletePage
from ingest.registry import ALL_STREAMS, SOURCES
from ingest.sources.shopify_webhooks import TOPICS, WEBHOOKS, land_delivery
from sandbox.vendors.shopify_webhooks import PERSONAL, order_body, refund_body
from sandbox.world import World

if TYPE_CHECKING:
    from ingest.landing import Landing

WORLD = World(seed=11, influencers=3, days=20, start=date(2026, 3, 1))
AT = datetime(2026, 3, 21, tzinfo=UTC)
SECOND = int(AT.timestamp())
ORDER = next(
    o for o in WORLD.orders.orders if o.customer and o.refunds and o.refunds[0].at < SECOND
)


def land(landing: Landing, topic: str, body: bytes) -> Any:
    stream = TOPICS[topic][0]
    manifest = land_delivery(landing, topic, body, {"shop": "lumen"}, AT)
    (page,) = landed_pages(manifest, stream)
    return page


def test_an_order_is_landed_by_an_allow_list(landing: Landing) -> None:
    body = order_body(ORDER, SECOND, WORLD.orders, WORLD.shop)
    assert all(text.encode() in body for text in PERSONAL)
    page = land(landing, "orders/updated", body)
    assert [text for text in PERSONAL if text in str(page)] == []
    kept, sent = page["body"], orjson.loads(body)
    assert kept["admin_graphql_api_id"] == f"gid://shopify/Order/{ORDER.number}"
    assert kept["customer"] == {"admin_graphql_api_id": f"gid://shopify/Customer/{ORDER.customer}"}
    assert kept["total_price_set"]["shop_money"] == sent["total_price_set"]["shop_money"]
    assert "presentment_money" not in kept["total_price_set"]
    assert kept["refunds"][0]["refund_line_items"][0]["subtotal"] > 0
    assert page["context"] == {"shop": "lumen", "topic": "orders/updated"}


def test_what_hides_inside_a_kept_field_is_not_kept(landing: Landing) -> None:
    sent = {
        "admin_graphql_api_id": "gid://shopify/Order/1",
        "name": {"email": PERSONAL[3]},
        "customer": [{"admin_graphql_api_id": "c", "email": PERSONAL[3]}],
        "refunds": PERSONAL[3],
    }
    page = land(landing, "orders/create", orjson.dumps(sent))
    assert PERSONAL[3] not in str(page)
    assert page["body"]["customer"] == [{"admin_graphql_api_id": "c"}]


def test_a_guest_has_no_customer_and_large_ids_stay_exact(landing: Landing) -> None:
    sent = b'{"id":820982911946154508,"customer":null,"discount_codes":[],"order_id":1}'
    body = land(landing, "orders/create", sent)["body"]
    assert body == {"id": 820982911946154508, "customer": None, "discount_codes": []}


def test_a_refund_keeps_the_order_it_belongs_to(landing: Landing) -> None:
    body = land(landing, "refunds/create", refund_body(ORDER, 0, WORLD.orders, WORLD.shop))["body"]
    assert body["order_id"] == ORDER.number
    (line,) = body["refund_line_items"]
    assert float(line["subtotal_set"]["shop_money"]["amount"]) == line["subtotal"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"1"])
def test_a_body_that_is_no_object_is_refused(landing: Landing, body: bytes) -> None:
    with pytest.raises(IncompletePage):
        land(landing, "orders/create", body)
    assert landing.fetches() == []


def test_a_topic_that_is_not_kept_is_refused(landing: Landing) -> None:
    with pytest.raises(FetchFailed, match="orders/delete is not kept"):
        land_delivery(landing, "orders/delete", b"{}", {}, AT)


def test_a_delivery_moves_no_mark_of_the_shop_and_is_loaded(landing: Landing) -> None:
    land(landing, "refunds/create", refund_body(ORDER, 0, WORLD.orders, WORLD.shop))
    assert landing.covered_until("shopify") is None
    assert WEBHOOKS.name not in SOURCES
    assert {("shopify_webhooks", "orders"), ("shopify_webhooks", "refunds")} <= ALL_STREAMS().keys()
