"""Shopify's wire format, asked over real HTTP."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import requests

from sandbox.moments import DAY, iso_z, parse_instant
from sandbox.order_book import FOREVER
from sandbox.server import serve
from sandbox.world import World

ORDERS = """
query Orders($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes {
      id createdAt updatedAt cancelledAt test displayFinancialStatus presentmentCurrencyCode
      discountCodes
      totalPriceSet { ...Both } subtotalPriceSet { ...Both } totalTaxSet { ...Both }
      totalShippingPriceSet { ...Both } currentSubtotalPriceSet { ...Both }
      totalRefundedSet { ...Both }
      customer { id numberOfOrders }
      customerJourneySummary {
        ready
        lastVisit { landingPage utmParameters { source content } }
        moments(first: 5) { nodes { occurredAt ... on CustomerVisit { id } } }
      }
      refunds { id createdAt refundLineItems(first: 5) { nodes { subtotalSet { ...Both } } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
fragment Both on MoneyBag {
  shopMoney { amount currencyCode } presentmentMoney { amount currencyCode }
}
"""
NOW = "2026-03-20T06:00:00Z"


def read_all(graphql, query="", at=NOW, size=50, document=ORDERS):
    nodes, after = [], None
    while True:
        body = graphql(document, {"first": size, "after": after, "query": query}, at)
        page = body["data"]["orders"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


@pytest.fixture(scope="session")
def nodes(graphql):
    return {node["id"].rsplit("/", 1)[1]: node for node in read_all(graphql)}


def cents(bag, side="shopMoney"):
    return int(Decimal(bag[side]["amount"]) * 100)


def test_paging_shows_every_order_that_exists_once(world, nodes):
    visible = [o for o in world.orders.orders if o.created <= parse_instant(NOW)]
    assert len(nodes) == len(visible) > 500
    assert {int(number) for number in nodes} == {order.number for order in visible}


def test_the_window_filters_by_the_last_change_with_both_kinds_of_bounds(graphql):
    since, until = "2026-03-10T00:00:00Z", "2026-03-12T00:00:00Z"
    found = read_all(graphql, f"updated_at:>='{since}' AND updated_at:<'{until}'", size=20)
    changed = [node["updatedAt"] for node in found]
    assert changed
    assert changed == sorted(changed)
    assert all(since <= moment < until for moment in changed)
    last = changed[-1]
    closed = read_all(graphql, f"updated_at:>='{last}' AND updated_at:<='{last}'")
    half_open = read_all(graphql, f"updated_at:>='{last}' AND updated_at:<'{last}'")
    assert (len(closed) >= 1, half_open) == (True, [])


def test_a_refund_moves_the_order_into_a_later_window(graphql, world):
    at = parse_instant(NOW)
    order = next(
        o for o in world.orders.orders
        if o.refunds and o.cancelled_at == FOREVER and len(o.refunds) == 1 and o.refunds[0].at < at
    )  # fmt: skip
    back = order.refunds[0].at
    window = f"updated_at:>='{iso_z(order.created)}' AND updated_at:<='{iso_z(order.created)}'"
    gid = f"gid://shopify/Order/{order.number}"
    before = {n["id"]: n for n in read_all(graphql, window, iso_z(back - 1))}
    after = {n["id"]: n for n in read_all(graphql, window, iso_z(back))}
    assert before[gid]["refunds"] == []
    assert gid not in after
    later = {n["id"]: n for n in read_all(graphql, f"updated_at:>='{iso_z(back)}'", iso_z(back))}
    assert later[gid]["updatedAt"] == iso_z(back)
    assert len(later[gid]["refunds"]) == 1


def test_money_adds_up_and_comes_in_varying_scale(nodes):
    scales = set()
    for node in nodes.values():
        total, sub = cents(node["totalPriceSet"]), cents(node["subtotalPriceSet"])
        rest = cents(node["totalTaxSet"]) + cents(node["totalShippingPriceSet"])
        assert total == sub + rest
        returned = sum(
            cents(line["subtotalSet"])
            for refund in node["refunds"] for line in refund["refundLineItems"]["nodes"]
        )  # fmt: skip
        assert cents(node["currentSubtotalPriceSet"]) == sub - returned >= 0
        scales.add(len(node["totalPriceSet"]["shopMoney"]["amount"].partition(".")[2]))
    assert scales == {1, 2}


def test_some_buyers_paid_in_another_currency(nodes):
    other = [n for n in nodes.values() if n["presentmentCurrencyCode"] != "USD"]
    assert {n["presentmentCurrencyCode"] for n in other} == {"EUR", "GBP", "CAD", "JPY"}
    for node in other:
        paid = node["totalPriceSet"]["presentmentMoney"]
        assert paid["currencyCode"] == node["presentmentCurrencyCode"]
        assert node["totalPriceSet"]["shopMoney"]["currencyCode"] == "USD"
    yen = next(n for n in other if n["presentmentCurrencyCode"] == "JPY")
    assert cents(yen["totalPriceSet"], "presentmentMoney") % 100 == 0


def test_the_world_has_every_kind_of_order(nodes):
    statuses = {n["displayFinancialStatus"] for n in nodes.values()}
    assert {"PAID", "PENDING", "REFUNDED", "PARTIALLY_REFUNDED"} <= statuses
    assert any(n["test"] for n in nodes.values())
    assert any(n["cancelledAt"] for n in nodes.values())
    assert any(n["customer"] is None for n in nodes.values())
    assert any(n["customerJourneySummary"] is None for n in nodes.values())
    returning = [n for n in nodes.values() if n["customer"]]
    assert {int(n["customer"]["numberOfOrders"]) > 1 for n in returning} == {True, False}
    codes = [n for n in nodes.values() if n["discountCodes"]]
    assert any(code != code.upper() for n in codes for code in n["discountCodes"])


def test_the_journey_is_not_ready_and_then_it_is(graphql, world):
    order = next(o for o in world.orders.orders if o.has_journey and o.visits)
    gid = f"gid://shopify/Order/{order.number}"
    since = f"updated_at:>='{iso_z(order.created)}'"

    def journey(at):
        found = {n["id"]: n for n in read_all(graphql, since, iso_z(at))}
        return found[gid]["customerJourneySummary"]

    early, late = journey(order.ready_at - 1), journey(order.ready_at)
    assert early == {"ready": False, "lastVisit": None, "moments": None}
    assert late["ready"] is True
    assert len(late["moments"]["nodes"]) == len(order.visits)


def test_a_link_journey_carries_the_plans_utm(nodes, world):
    known = {deal.utm_content for deal in world.collaborations}
    contents = set()
    for node in nodes.values():
        visit = (node["customerJourneySummary"] or {}).get("lastVisit") or {}
        if visit.get("utmParameters"):
            contents.add(visit["utmParameters"]["content"])
            assert f"utm_content={visit['utmParameters']['content']}" in visit["landingPage"]
    assert contents
    assert contents <= known


def test_some_orders_show_the_code_of_one_and_the_link_of_another(world):
    by_code = {d.code: d.influencer_id for d in world.collaborations}
    by_link = {d.utm_content: d.influencer_id for d in world.collaborations}
    torn = [
        o for o in world.orders.orders
        if o.codes and any(
            v.utm_content and by_link[v.utm_content] != by_code[o.codes[0].upper()]
            for v in o.visits
        )
    ]  # fmt: skip
    assert torn


def test_an_empty_bucket_answers_throttled_with_status_200_and_refills(world):
    small = (40.0, 200.0)
    query = {"query": ORDERS, "variables": {"first": 4}}
    with serve(world, clock=NOW, shop_points=small) as sandbox:
        url = f"{sandbox.url}/admin/api/2026-10/graphql.json"
        headers = {"X-Shopify-Access-Token": "sandbox-shopify-token"}
        answers = [requests.post(url, json=query, headers=headers, timeout=10) for _ in range(8)]
        throttled = [a.json() for a in answers if "errors" in a.json()]
        assert {a.status_code for a in answers} == {200}
        assert throttled
        assert throttled[0]["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert "data" not in throttled[0]
        cost = throttled[0]["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = cost["requestedQueryCost"] - status["currentlyAvailable"]
        assert cost["actualQueryCost"] is None
        assert missing > 0
        assert (status["maximumAvailable"], status["restoreRate"]) == small


def test_a_query_above_the_limit_of_points_is_refused(graphql):
    document = """query { orders(first: 250) { nodes { id
      lineItems(first: 250) { nodes { id } } discountApplications(first: 250) { nodes { index } }
      customerJourneySummary { moments(first: 250) { nodes { occurredAt } } }
      refunds(first: 250) { refundLineItems(first: 250) { nodes { id } } } } } }"""
    [error] = graphql(document)["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_an_unknown_field_is_named(graphql):
    [error] = graphql("{ orders(first: 1) { nodes { id favouriteColour } } }")["errors"]
    assert error["message"] == "Field 'favouriteColour' doesn't exist on type 'Order'"


def test_a_broken_document_is_a_parse_error(graphql):
    assert "syntax error" in graphql("{ orders(first: 1) { nodes { id }")["errors"][0]["message"]


def test_a_misspelt_filter_is_ignored_and_everything_is_returned(graphql, nodes):
    everything = read_all(graphql, "updatedat:>='2026-03-19T00:00:00Z'", size=250)
    assert len(everything) == len(nodes)


def test_orders_come_by_processing_time_unless_asked_otherwise(graphql):
    plain = ORDERS.replace(", sortKey: UPDATED_AT", "")
    created = [node["createdAt"] for node in read_all(graphql, document=plain, size=250)]
    assert len(created) > 500
    assert created == sorted(created)


def test_a_wrong_token_gets_a_plain_string_of_errors(sandbox):
    answer = requests.post(
        f"{sandbox.url}/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { name } }"}, headers={"X-Shopify-Access-Token": "x"}, timeout=10,
    )  # fmt: skip
    assert answer.status_code == 401
    assert re.match(r"\[API\] Invalid API key", answer.json()["errors"])


def test_a_retired_version_is_answered_by_the_oldest_supported_one(sandbox):
    def version(asked):
        return requests.post(
            f"{sandbox.url}/admin/api/{asked}/graphql.json",
            json={"query": "{ shop { ianaTimezone currencyCode } }"},
            headers={"X-Shopify-Access-Token": "sandbox-shopify-token"}, timeout=10,
        ).headers["X-Shopify-API-Version"]  # fmt: skip

    assert version("2026-10") == "2026-10"
    assert version("2024-01") == "2025-10"


def test_orders_of_a_customer_are_counted_as_of_the_instant(world):
    order = max((o for o in world.orders.orders if o.customer), key=lambda o: o.customer_order)
    book = world.orders
    assert book.orders_of(order.customer, order.created) == order.customer_order
    assert book.orders_of(order.customer, order.created - 1) == order.customer_order - 1
    assert book.orders_of(order.customer, order.created - 400 * DAY) == 0


def test_stray_orders_are_in_a_currency_without_a_rate():
    world = World(seed=5, influencers=3, days=12, start=date(2026, 3, 1), stray_orders=2)
    document = """{ orders(first: 9) { nodes {
      currencyCode totalPriceSet { shopMoney { currencyCode } } } } }"""
    with serve(world, clock=NOW) as sandbox:
        nodes = requests.post(
            f"{sandbox.url}/admin/api/2026-10/graphql.json", json={"query": document},
            headers={"X-Shopify-Access-Token": "sandbox-shopify-token"}, timeout=10,
        ).json()["data"]["orders"]["nodes"]  # fmt: skip
    shown = [(n["currencyCode"], n["totalPriceSet"]["shopMoney"]["currencyCode"]) for n in nodes]
    assert shown == [("VES", "VES")] * 2 + [("USD", "USD")] * 7
    assert all("VES" not in rates for _, rates in world.rates)
    assert len(world.truth().causes) == len(world.truth().net_revenue_eur) + 2
