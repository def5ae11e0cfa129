"""One order has one meaning, whether it was paged, came in bulk or was delivered by a webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingest.http import Client
from ingest.job import FetchJob
from ingest.landing import Landing
from ingest.sources.shopify import SOURCE
from ingest.sources.shopify_webhooks import land_delivery
from sandbox.credentials import CREDENTIALS
from sandbox.server import serve
from sandbox.vendors.shopify_webhooks import order_body, refund_body
from sandbox.world import World

if TYPE_CHECKING:
    from marts_house import House

    from ingest.manifest import Manifest

DAYS = 40
WORLD = World(seed=7, influencers=6, days=DAYS, start=date(2026, 3, 1))
NOW = datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(days=DAYS)
AT = int(NOW.timestamp())
ORDERS = "staging.stg_shopify__orders"
FETCH = "observed_at, fetch_id"
# What REST does not say of an order.
UNSAID = f"visits, is_journey_ready, customer_orders_to_date, {FETCH}"
PLACED = [order for order in WORLD.orders.orders if order.created <= AT]
REFUNDED = [order for order in PLACED if any(refund.at <= AT for refund in order.refunds)]
# Each delivery is a file of its own, so only some of every kind.
DELIVERED = {
    order.number: order
    for kind in (
        REFUNDED,
        [order for order in PLACED if order.cancelled_at <= AT],
        [order for order in PLACED if order.customer is None],
        [order for order in PLACED if order.codes and len(order.visits) > 1],
        [order for order in PLACED if order.is_test or order.is_pending],
    )
    for order in kind[:12]
}


def fetch(url: str, landing: Landing, bulk_days: str, now: datetime = NOW) -> Manifest:
    credentials = CREDENTIALS["shopify"]
    client = Client(
        url,
        auth=SOURCE.headers(credentials),
        clock=now,
        classify=SOURCE.classify,
        pace=SOURCE.pace,
    )
    options = {"shop": credentials["shop"], "bulk_days": bulk_days}
    since = now.date() - timedelta(days=DAYS)
    job = FetchJob(since, now.date(), now, options=options)
    with landing.begin(SOURCE, job, "", is_simulated=True) as writer:
        SOURCE.fetch(client, job, writer)
        return writer.commit()


def deliver(landing: Landing, topic: str, body: bytes) -> None:
    arrived = NOW + timedelta(minutes=1)
    land_delivery(landing, topic, body, {"shop": "lumen"}, arrived, is_simulated=True)


@pytest.fixture(scope="module")
def shapes(new_house: Callable[[], House]) -> Iterator[tuple[House, str, str]]:
    """A house with every order paged, in bulk and delivered; the ids of the two fetches."""
    house = new_house()
    landing = Landing(house.home / "landing")
    with serve(WORLD) as sandbox:
        paged = fetch(sandbox.url, landing, "99").fetch_id
        bulk = fetch(sandbox.url, landing, "7").fetch_id
    for order in DELIVERED.values():
        deliver(landing, "orders/updated", order_body(order, AT, WORLD.orders, WORLD.shop))
    for order in REFUNDED[:12]:
        deliver(landing, "refunds/create", refund_body(order, 0, WORLD.orders, WORLD.shop))
    house.load()
    results = house.dbt("run", "--select", "+int_orders")
    assert [result for result in results if result[1] != "success"] == []
    yield house, paged, bulk


def differences(house: House, left: str, right: str, left_out: str) -> list[Any]:
    """Rows of one side that the other lacks."""
    columns = f"select * exclude ({left_out}) from {ORDERS}"  # noqa: S608
    return [
        *house.rows(f"{columns} where {left} except {columns} where {right}"),
        *house.rows(f"{columns} where {right} except {columns} where {left}"),
    ]


def test_paged_and_bulk_orders_are_the_same_rows(shapes: tuple[House, str, str]) -> None:
    house, paged, bulk = shapes
    counted = house.rows(f"select fetch_id, count(*) from {ORDERS} group by all")  # noqa: S608
    rows = dict(counted)
    assert rows[paged] == rows[bulk] == len(PLACED) > 900
    assert differences(house, f"fetch_id = '{paged}'", f"fetch_id = '{bulk}'", FETCH) == []
    (kinds,) = house.rows(
        f"select count(*) filter (len(visits) > 2), count(*) filter (len(refunds) > 1),"  # noqa: S608
        f" count(*) filter (is_test), count(cancelled_at), count(*) filter (not is_journey_ready)"
        f" from {ORDERS} where fetch_id = '{bulk}'"
    )
    assert min(kinds) > 0


def test_a_delivered_order_is_the_paged_one_but_for_what_rest_does_not_say(
    shapes: tuple[House, str, str],
) -> None:
    house, paged, bulk = shapes
    delivered = f"fetch_id not in ('{paged}', '{bulk}')"
    (found,) = house.rows(
        f"select count(*), count(*) filter (len(refunds) > 0), count(customer_id),"  # noqa: S608
        f" count(*) filter (len(discount_codes) > 0), count(cancelled_at),"
        f" count(is_journey_ready), count(*) filter (len(visits) > 0) from {ORDERS}"
        f" where {delivered}"
    )
    assert found[0] == len(DELIVERED) > 40
    assert min(found[1:5]) > 4
    assert found[5:] == (0, 0)
    same = f"fetch_id = '{paged}' and order_id in (select order_id from {ORDERS} where {delivered})"  # noqa: S608
    assert differences(house, same, delivered, UNSAID) == []


def test_a_delivery_keeps_the_journey_and_a_refund_counts_once(
    shapes: tuple[House, str, str],
) -> None:
    house, paged, bulk = shapes
    found = {
        int(order_id.rpartition("/")[2]): rest
        for order_id, *rest in house.rows(
            "select order_id, refund_amount, len(visits), fetch_id from intermediate.int_orders"
        )
    }
    assert len(found) == len(PLACED)
    for order in PLACED:
        refund, visits, fetch_id = found[order.number]
        back = sum(refund.subtotal for refund in order.refunds if refund.at <= AT)
        assert int(refund * 100) == back
        is_ready = order.has_journey and order.ready_at <= AT
        assert visits > 0 if is_ready and order.visits else visits == 0
        assert (fetch_id not in {paged, bulk}) is (order.number in DELIVERED)
