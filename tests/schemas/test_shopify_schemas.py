"""What we ask Shopify and what the sandbox delivers, against the schemas that Shopify publishes.

`make schemas` brings them; without them these tests are skipped.
"""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.sources import shopify_queries as queries
from sandbox.moments import DAY, day_start
from sandbox.vendors.graphql import parse
from sandbox.vendors.shopify_bulk import _checked
from sandbox.vendors.shopify_schema import SCHEMA
from sandbox.vendors.shopify_webhooks import order_body, refund_body
from sandbox.world import World

SCHEMAS = Path(__file__).resolve().parents[2] / ".schemas"
ADMIN = SCHEMAS / "admin" / "admin_2026-10.json.gz"
WEBHOOKS = SCHEMAS / "webhooks" / "schemas" / "2026-07"
DOCUMENTS = {
    "shop": queries.SHOP,
    "orders": queries.ORDERS,
    "scopes": queries.SCOPES,
    "run bulk": queries.RUN_BULK,
    "poll bulk": queries.POLL_BULK,
    "bulk orders": queries.bulk_orders("updated_at:>='2026-11-20T00:00:00Z'"),
}
pytestmark = pytest.mark.skipif(
    not (ADMIN.exists() and WEBHOOKS.exists()), reason="no .schemas folder: run `make schemas`"
)


@pytest.fixture(scope="module")
def schema() -> Any:
    """Shopify's Admin API of the version we ask for, or a mutilated one in a mutation."""
    graphql = pytest.importorskip("graphql", reason="graphql-core is not installed")
    with gzip.open(ADMIN) as file:
        introspection = json.load(file)["data"]
    # The vendor's own schema breaks a rule on deprecated fields, so it is taken as it is.
    return graphql.build_client_schema(introspection, assume_valid=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_for_the_pinned_version(schema: Any, name: str) -> None:
    graphql = pytest.importorskip("graphql")
    assert graphql.validate(schema, graphql.parse(DOCUMENTS[name])) == []


def test_a_field_that_does_not_exist_is_found(schema: Any) -> None:
    graphql = pytest.importorskip("graphql")
    wrong = queries.ORDERS.replace("processedAt", "processedOn", 1)
    assert len(graphql.validate(schema, graphql.parse(wrong))) == 1


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_uses_a_deprecated_field(schema: Any, name: str) -> None:
    graphql = pytest.importorskip("graphql")
    rule = graphql.validation.NoDeprecatedCustomRule
    found = graphql.validate(schema, graphql.parse(DOCUMENTS[name]), [rule])
    assert [error.message for error in found] == []


def test_every_field_of_the_sandbox_exists_at_the_vendor(schema: Any) -> None:
    unknown = [
        f"{owner}.{field}"
        for owner, fields in SCHEMA.items()
        if owner in schema.type_map and hasattr(schema.type_map[owner], "fields")
        for field in fields
        if field not in schema.type_map[owner].fields
    ]
    assert unknown == []


def test_the_bulk_document_keeps_the_vendors_limits() -> None:
    (orders,) = parse(DOCUMENTS["bulk orders"])
    assert _checked(orders)


def errors_of(topic: str, body: bytes) -> list[str]:
    """What the vendor's schema says against a body.

    It is derived from one example, in which nothing was refunded and nobody was a guest, so it
    knows neither an order's refunds (their own topic does) nor an order without a customer.
    """
    jsonschema = pytest.importorskip("jsonschema")
    rules = json.loads((WEBHOOKS / f"{topic}.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(rules)
    found = [(list(error.path), error) for error in validator.iter_errors(json.loads(body))]
    return [
        f"{'.'.join(map(str, path))}: {error.message[:200]}"
        for path, error in found
        if path[:1] != ["refunds"] and (path, error.instance) != (["customer"], None)
    ]


WORLD = World(seed=11, influencers=3, days=30, start=date(2026, 3, 1))
AT = day_start(date(2026, 3, 1)) + 30 * DAY
PLACED = [order for order in WORLD.orders.orders if order.created <= AT]


@pytest.mark.parametrize("topic", ["orders/create", "orders/updated"])
def test_every_delivered_order_is_as_the_vendors_schema_says(topic: str) -> None:
    for order in PLACED[:60]:
        assert errors_of(topic, order_body(order, AT, WORLD.orders, WORLD.shop)) == []


def test_every_delivered_refund_is_as_the_vendors_schema_says() -> None:
    refunded = [order for order in PLACED if order.refunds]
    assert len(refunded) > 5
    for order in refunded:
        assert errors_of("refunds/create", refund_body(order, 0, WORLD.orders, WORLD.shop)) == []
