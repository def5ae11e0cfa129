"""The shop's bulk operations, apps and ids, asked over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from ingest.sources.shopify_queries import (
    POLL_BULK,
    RUN_BULK,
    SCOPES,
    bulk_orders,
    paged_orders,
)
from sandbox.moments import DAY, iso_z, parse_instant
from sandbox.server import Sandbox, serve
from sandbox.vendors.shopify_apps import CLIENT_ID, CLIENT_SECRET, GUEST_TOKEN, RECENT_TOKEN

if TYPE_CHECKING:
    from sandbox.world import World

NOW = "2026-03-20T06:00:00Z"
TOKEN = "sandbox-shopify-token"
EVERYTHING = "updated_at:>='2025-01-01T00:00:00Z'"
ORDERS = paged_orders()


@pytest.fixture(scope="module")
def shop(world: World) -> Iterator[Sandbox]:
    with serve(world, clock=NOW) as running:
        yield running


def ask(
    shop: Sandbox,
    document: str,
    token: str = "sandbox-shopify-token",
    at: str = NOW,
    **variables: Any,
) -> requests.Response:
    return requests.post(
        f"{shop.url}/admin/api/2026-10/graphql.json",
        json={"query": document, "variables": variables},
        headers={"X-Shopify-Access-Token": token, "X-Microlift-Clock": at},
        timeout=10,
    )


def run(shop: Sandbox, document: str) -> Any:
    return ask(shop, RUN_BULK, query=document).json()["data"]["bulkOperationRunQuery"]


def poll(shop: Sandbox, gid: str) -> Any:
    return ask(shop, POLL_BULK, id=gid).json()["data"]["bulkOperation"]


def finish(shop: Sandbox, document: str) -> Any:
    gid = run(shop, document)["bulkOperation"]["id"]
    assert poll(shop, gid)["status"] == "RUNNING"
    return poll(shop, gid)


def test_a_file_holds_every_order_line_and_visit_once_in_no_order_with_escaped_slashes(
    shop: Sandbox, world: World
) -> None:
    done = finish(shop, bulk_orders(EVERYTHING))
    assert done["status"] == "COMPLETED"
    assert "localhost" in done["url"]
    text = requests.get(done["url"], timeout=10).text
    lines = [json.loads(line) for line in text.splitlines()]
    roots = [line for line in lines if "__parentId" not in line]
    assert (done["objectCount"], done["rootObjectCount"]) == (str(len(lines)), str(len(roots)))
    visible = [o for o in world.orders.orders if o.created <= parse_instant(NOW)]
    assert {line["id"] for line in roots} == {f"gid://shopify/Order/{o.number}" for o in visible}
    children = [line for line in lines if "__parentId" in line]
    ready = [o for o in visible if o.has_journey and o.ready_at <= parse_instant(NOW)]
    visits = [line for line in children if "occurredAt" in line]
    assert len(visits) == sum(len(order.visits) for order in ready)
    goods = [line for line in children if "isGiftCard" in line]
    assert len(goods) + len(visits) == len(children)
    assert {line["__parentId"] for line in goods} == {line["id"] for line in roots}
    assert {line["isGiftCard"] for line in goods} == {True, False}
    assert '"gid:\\/\\/shopify\\/Order\\/' in text
    places = {line["id"]: place for place, line in enumerate(lines)}
    assert any(places[child["__parentId"]] > places[child["id"]] for child in children)
    assert all("moments" not in (line["customerJourneySummary"] or {}) for line in roots)


def test_no_row_is_no_file_and_no_error(shop: Sandbox) -> None:
    done = finish(shop, bulk_orders("updated_at:>='2027-01-01T00:00:00Z'"))
    counts = (done["objectCount"], done["rootObjectCount"])
    assert (done["status"], done["url"], counts) == ("COMPLETED", None, ("0", "0"))


def test_a_failed_operation_leaves_a_part(shop: Sandbox) -> None:
    shop.shop.bulk.fates.append("FAILED/TIMEOUT")
    done = finish(shop, bulk_orders(EVERYTHING))
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "TIMEOUT", None)
    part = requests.get(done["partialDataUrl"], timeout=10).text
    assert 0 < len(part.splitlines()) < int(done["objectCount"])


def test_a_file_is_for_its_signature_alone(shop: Sandbox) -> None:
    url = finish(shop, bulk_orders(EVERYTHING))["url"]
    token = {"X-Shopify-Access-Token": "sandbox-shopify-token"}
    assert requests.get(url, headers=token, timeout=10).status_code == 400
    assert requests.get(url.partition("?")[0], timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (ORDERS.replace("$first", "5").replace("$after", "null"), "connection field within a list"),
        ("{ orders { edges { node { id favouriteColour } } } }", "favouriteColour"),
        ("{ shop { name } }", "must be a connection"),
        ("{ orders { edges { node { id", "end of file"),
    ],
    ids=["lines of refunds", "unknown field", "no connection", "broken"],
)
def test_a_query_that_bulk_does_not_run_is_a_user_error(
    shop: Sandbox, document: str, message: str
) -> None:
    answer = run(shop, document)
    assert answer["bulkOperation"] is None
    (error,) = answer["userErrors"]
    assert error["code"] == "INVALID"
    assert message in error["message"]


def test_only_five_run_at_once(world: World) -> None:
    with serve(world, clock=NOW) as shop:
        few = bulk_orders("updated_at:>='2026-03-19T00:00:00Z'")
        answers = [run(shop, few) for _ in range(6)]
        assert [bool(answer["userErrors"]) for answer in answers] == [False] * 5 + [True]
        assert answers[-1]["userErrors"][0]["code"] == "LIMIT_REACHED"


def test_an_app_without_the_scope_sees_60_days_and_is_not_told(shop: Sandbox, world: World) -> None:
    def created(token: str) -> list[str]:
        answer = ask(shop, ORDERS, token, first=50, query=EVERYTHING).json()
        assert "errors" not in answer
        return [node["createdAt"] for node in answer["data"]["orders"]["nodes"]]

    edge = iso_z(parse_instant(NOW) - 60 * DAY)
    assert min(created("sandbox-shopify-token")) < edge
    assert min(created(RECENT_TOKEN)) >= edge
    scopes = ask(shop, SCOPES, RECENT_TOKEN).json()["data"]["currentAppInstallation"]
    assert scopes["accessScopes"] == [{"handle": "read_customers"}, {"handle": "read_orders"}]


def test_a_missing_scope_is_an_error_beside_partial_data(shop: Sandbox) -> None:
    answer = ask(shop, ORDERS, GUEST_TOKEN, first=2, query=EVERYTHING)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["extensions"]["requiredAccess"] == "`read_customers` access scope."
    assert len(answer.json()["data"]["orders"]["nodes"]) == 2


def test_a_token_for_client_credentials_lasts_a_day(shop: Sandbox) -> None:
    def token(secret: str) -> requests.Response:
        asked = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": secret,
        }
        return requests.post(f"{shop.url}/admin/oauth/access_token", json=asked, timeout=10)

    assert token("wrong").status_code == 400
    given = token(CLIENT_SECRET).json()
    assert given["expires_in"] == timedelta(days=1).total_seconds() - 1
    second, day = parse_instant(NOW), DAY
    assert ask(shop, SCOPES, given["access_token"], iso_z(second + day - 1)).status_code == 200
    assert ask(shop, SCOPES, given["access_token"], iso_z(second + day)).status_code == 401


def test_orders_are_found_by_their_ids(shop: Sandbox) -> None:
    answer = ask(shop, ORDERS, first=9, query="id:1003 OR id:1001 OR id:999999").json()
    found = {node["name"] for node in answer["data"]["orders"]["nodes"]}
    assert found == {"#1001", "#1003"}
