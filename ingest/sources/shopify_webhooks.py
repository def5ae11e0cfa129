"""Bodies of Shopify's webhook deliveries, landed without what names or locates a person.

A source of its own: a delivery covers no day, so it must not move the mark up to which orders were
read, nor be compared with a night's number of rows. Nothing is fetched here; who receives a
delivery and has verified it calls `land_delivery`.
https://shopify.dev/docs/api/webhooks
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from ingest.errors import FetchFailed, IncompletePage
from ingest.job import FetchJob
from ingest.page import Page
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.landing import FetchWriter, Landing
    from ingest.manifest import Manifest

Fields = Mapping[str, Any]


def _all(names: str) -> dict[str, None]:
    return dict.fromkeys(names.split())


_MONEY = {"shop_money": _all("amount currency_code")}
_REFUND: Fields = {
    **_all("id admin_graphql_api_id order_id created_at processed_at"),
    "refund_line_items": {
        **_all("id line_item_id quantity subtotal total_tax"),
        "line_item": _all("gift_card"),
        "subtotal_set": _MONEY,
        "total_tax_set": _MONEY,
    },
}
_ORDER: Fields = {
    **_all(
        "id admin_graphql_api_id name created_at processed_at updated_at cancelled_at test "
        "financial_status currency presentment_currency taxes_included source_name "
        "total_price subtotal_price total_discounts total_tax landing_site referring_site"
    ),
    "total_price_set": _MONEY,
    "subtotal_price_set": _MONEY,
    "total_discounts_set": _MONEY,
    "total_tax_set": _MONEY,
    "total_shipping_price_set": _MONEY,
    "discount_codes": _all("code amount type"),
    "discount_applications": _all("code type"),
    "line_items": {
        **_all("admin_graphql_api_id gift_card quantity price"),
        "price_set": _MONEY,
        "discount_allocations": {
            **_all("amount discount_application_index"),
            "amount_set": _MONEY,
        },
    },
    "customer": _all("admin_graphql_api_id"),
    "refunds": _REFUND,
}
# Topic -> stream and the fields that are kept of its body.
TOPICS: Mapping[str, tuple[str, Fields]] = {
    "orders/create": ("orders", _ORDER),
    "orders/updated": ("orders", _ORDER),
    "refunds/create": ("refunds", _REFUND),
}


def land_delivery(
    landing: Landing,
    topic: str,
    body: bytes,
    context: Mapping[str, Any],
    at: datetime,
    *,
    is_simulated: bool = False,
) -> Manifest:
    """Land one verified delivery that arrived at `at`; `context` holds the shop and its ids.

    What is sent again is landed again: staging reads the latest observation of an order. Raises
    FetchFailed for a topic that is not kept, IncompletePage for a body that is not one object.
    """
    if topic not in TOPICS:
        raise FetchFailed(f"the topic {topic} is not kept: only {', '.join(TOPICS)}")
    stream, fields = TOPICS[topic]
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, dict):
        raise IncompletePage(f"the body of {topic} is not one JSON object")
    kept = _only(sent, fields)
    request = {"method": "POST", "path": topic, "params": {}}
    page = Page(200, {}, orjson.dumps(kept), kept, at, request)
    job = FetchJob(since=at.date(), until=at.date(), now=at)
    with landing.begin(WEBHOOKS, job, "", is_simulated) as writer:
        writer.write(stream, page, {**context, "topic": topic})
        return writer.commit()


def _only(value: Any, fields: Fields | None) -> Any:
    """The value with the listed fields alone; a list is cut item by item."""
    if fields is None:
        # A field that is kept whole holds one value; anything else was put there by nobody we know.
        return None if isinstance(value, dict | list) else value
    if isinstance(value, list):
        return [_only(item, fields) for item in value]
    if not isinstance(value, dict):
        return None
    return {name: _only(value[name], inner) for name, inner in fields.items() if name in value}


def _fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    raise FetchFailed("webhooks are delivered, not fetched")


WEBHOOKS = Source(
    name="shopify_webhooks",
    streams=(
        Stream(
            "orders",
            "entity",
            ("$.admin_graphql_api_id", "$.updated_at"),
            "$",
            None,
            ("$.customer.admin_graphql_api_id",),
        ),
        Stream("refunds", "entity", ("$.admin_graphql_api_id", "$.order_id")),
    ),
    url="",
    needs=(),
    schedule="",
    reload_days=0,
    fetch=_fetch,
)
