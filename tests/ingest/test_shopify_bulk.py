"""Long windows by a bulk operation: its lines proven, what fails paged, its token renewed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from ingest_vendor import CANARY, Call, Vendor, landed_pages, make_client, make_job, reply

from ingest.auth import RenewableAuth
from ingest.errors import FetchFailed, Unauthorised
from ingest.sources.shopify import SOURCE, renew
from ingest.sources.shopify_queries import ORDERS, POLL_BULK, RUN_BULK, SCOPES, SHOP

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.landing import Landing
    from ingest.manifest import Manifest

MONTH = {"since": date(2026, 10, 23)}
SIGNATURE = "X-Signature=signed-canary-4711"


def order(number: int, **more: Any) -> str:
    """An order's line as the vendor writes it, with escaped slashes."""
    values = "".join(f',"{name}":{value}' for name, value in more.items())
    return (
        f'{{"id":"gid:\\/\\/shopify\\/Order\\/{number}","createdAt":"2026-11-01T10:00:00Z",'
        f'"updatedAt":"2026-11-01T10:00:00Z","customerJourneySummary":{{"ready":true}},'
        f'"refunds":[]{values}}}'
    )


VISIT = (
    '{"occurredAt":"2026-10-30T10:00:00Z","id":"gid:\\/\\/shopify\\/CustomerVisit\\/9",'
    '"__parentId":"gid:\\/\\/shopify\\/Order\\/1"}'
)


class Shop:
    """A shop whose one bulk operation answers as the test says."""

    def __init__(self, vendor: Vendor, lines: list[str], **operation: Any) -> None:
        self.vendor = vendor
        self.lines = lines
        orders = sum("__parentId" not in line for line in lines)
        url = f"{vendor.url}/file.jsonl?{SIGNATURE}".replace("127.0.0.1", "localhost")
        self.operation = {
            "status": "COMPLETED",
            "errorCode": None,
            "objectCount": str(len(lines)),
            "rootObjectCount": str(orders),
            "url": url if lines else None,
            "partialDataUrl": None,
            **operation,
        }
        self.errors: list[dict[str, Any]] = []
        self.polls = 0
        self.paged: list[dict[str, Any]] = []
        self.file: Callable[[], web.StreamResponse] = self._file
        vendor.answer = self.answer

    def _file(self) -> web.StreamResponse:
        return web.Response(body="".join(f"{line}\n" for line in self.lines).encode())

    def answer(self, call: Call, number: int) -> web.StreamResponse:
        if call.path == "/file.jsonl":
            return self.file()
        question = call.body["query"]
        if question == SHOP:
            return reply({"data": {"shop": {"ianaTimezone": "UTC", "currencyCode": "EUR"}}})
        if question == SCOPES:
            scopes = [{"handle": "read_all_orders"}]
            return reply({"data": {"currentAppInstallation": {"accessScopes": scopes}}})
        if question == RUN_BULK:
            started = None if self.errors else {"id": "gid://shopify/BulkOperation/1"}
            payload = {"bulkOperation": started, "userErrors": self.errors}
            return reply({"data": {"bulkOperationRunQuery": payload}})
        if question == POLL_BULK:
            self.polls += 1
            return reply({"data": {"bulkOperation": self.operation}})
        assert question == ORDERS
        found = [
            {"id": i, "updatedAt": "2026-11-01T10:00:00Z", "refunds": [{"refundLineItems": {}}]}
            for i in ("gid://shopify/Order/1", "gid://shopify/Order/2")
            if f"id:{i[-1]}" in call.body["variables"]["query"]
        ]
        page = {"nodes": found, "pageInfo": {"hasNextPage": False}}
        return reply({"data": {"orders": page}})

    @property
    def searches(self) -> list[str]:
        """What was asked of the paged list."""
        bodies = [call.body for call in self.vendor.calls if call.body]
        return [body["variables"]["query"] for body in bodies if body["query"] == ORDERS]


def fetch(shop: Shop, landing: Landing, auth: Any = None, **job: Any) -> Manifest:
    client = make_client(
        shop.vendor.url,
        auth=auth or SOURCE.headers({"token": CANARY}),
        classify=SOURCE.classify,
        pace=SOURCE.pace,
    )
    made = make_job(**{"options": {"shop": "lumen"}, **MONTH, **job})
    with landing.begin(SOURCE, made, "h", True) as writer:
        SOURCE.fetch(client, made, writer)
        return writer.commit()


def test_lines_are_landed_as_sent_and_nothing_is_paged(vendor: Vendor, landing: Landing) -> None:
    lines = [VISIT, order(1, extra='"\\u00e4"'), order(2)]
    shop = Shop(vendor, lines)
    manifest = fetch(shop, landing)
    (page,) = landed_pages(manifest, "bulk_orders")
    assert [line["id"][-1] for line in page["body"]["lines"]] == ["9", "1", "2"]
    raw = (manifest.folder / manifest.streams["bulk_orders"].file).read_bytes()
    assert (manifest.problems, shop.searches, manifest.streams.keys()) == (
        (),
        [],
        {"shop", "bulk_orders"},
    )
    assert SIGNATURE.encode() not in raw
    assert CANARY not in str(page)


def test_the_file_is_asked_for_without_a_credential_or_a_clock(
    vendor: Vendor, landing: Landing
) -> None:
    fetch(Shop(vendor, [order(1)]), landing)
    (call,) = [call for call in vendor.calls if call.path == "/file.jsonl"]
    assert CANARY not in str(call.headers)
    assert {name.lower() for name in call.headers} <= {
        "host", "accept-encoding", "user-agent", "connection", "accept",
    }  # fmt: skip
    assert call.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("days", "is_bulk"), [(7, False), (8, True)])
def test_a_week_is_paged_and_more_is_read_in_bulk(
    vendor: Vendor, landing: Landing, days: int, is_bulk: bool
) -> None:
    shop = Shop(vendor, [order(1).replace("2026-11-01", "2026-11-20")])
    manifest = fetch(shop, landing, since=date(2026, 11, 23 - days))
    assert ("bulk_orders" in manifest.streams) is is_bulk


def test_the_limit_of_days_is_a_setting(vendor: Vendor, landing: Landing) -> None:
    shop = Shop(vendor, [order(1)])
    manifest = fetch(shop, landing, options={"shop": "lumen", "bulk_days": "60"})
    assert "bulk_orders" not in manifest.streams
    with pytest.raises(FetchFailed, match="bulk_days is a number of days"):
        fetch(shop, landing, options={"bulk_days": "a month"})


def test_no_file_is_no_row_and_no_error(vendor: Vendor, landing: Landing) -> None:
    manifest = fetch(Shop(vendor, []), landing)
    (page,) = landed_pages(manifest, "bulk_orders")
    assert (page["body"], manifest.problems) == ({"lines": []}, ())


def test_orders_with_refunds_are_read_by_id_because_bulk_has_no_lines_of_them(
    vendor: Vendor, landing: Landing
) -> None:
    lines = [order(1).replace('"refunds":[]', '"refunds":[{"id":"r"}]'), order(3)]
    shop = Shop(vendor, lines)
    manifest = fetch(shop, landing)
    assert shop.searches == ["id:1"]
    assert "orders" in manifest.streams


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "failed": (
        {"status": "FAILED", "errorCode": "INTERNAL_SERVER_ERROR", "url": None},
        r"FAILED \(INTERNAL_SERVER_ERROR\)",
    ),
    "a part": (
        {"status": "FAILED", "errorCode": "TIMEOUT", "partialDataUrl": "https://x/y"},
        r"FAILED \(TIMEOUT\) after a part",
    ),
    "expired": ({"status": "EXPIRED"}, "EXPIRED"),
    "canceled": ({"status": "CANCELED"}, "CANCELED"),
    "unknown status": ({"status": "PAUSED"}, "PAUSED"),
    "a line too few": ({"objectCount": "3"}, "counts 3 lines and 1 orders, its file holds 2 and 1"),
    "an order too many": ({"rootObjectCount": "0"}, "and 0 orders, its file holds 2 and 1"),
    "rows but no file": ({"url": None}, "counts 2 lines and 1 orders, its file holds 0 and 0"),
    "no count": ({"objectCount": None}, "does not say its objectCount"),
    "plain http": ({"url": "http://files.example/x"}, "a file needs https"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_an_operation_that_cannot_be_proven_whole_is_paged_instead_on_the_record(
    vendor: Vendor, landing: Landing, case: str
) -> None:
    operation, message = FAILURES[case]
    shop = Shop(vendor, [VISIT, order(1)], **operation)
    manifest = fetch(shop, landing)
    (problem,) = manifest.problems
    assert (problem.stream, problem.reason) == ("bulk_orders", "fell_back")
    assert re.search(message, problem.detail)
    assert len(shop.searches) == 1
    assert shop.searches[0].startswith("updated_at:>=")
    assert manifest.streams.keys() == {"shop", "orders"}


def test_an_operation_that_may_not_start_is_paged_instead(vendor: Vendor, landing: Landing) -> None:
    shop = Shop(vendor, [])
    shop.errors = [{"field": None, "message": "already in progress", "code": "LIMIT_REACHED"}]
    (problem,) = fetch(shop, landing).problems
    assert "LIMIT_REACHED: already in progress" in problem.detail


def test_a_file_that_is_gone_or_cut_is_paged_instead(vendor: Vendor, landing: Landing) -> None:
    shop = Shop(vendor, [order(1)])
    shop.file = lambda: web.Response(status=403, text=f"expired {SIGNATURE}")
    (problem,) = fetch(shop, landing).problems
    assert "answered 403" in problem.detail
    assert SIGNATURE not in problem.detail
    shop.file = lambda: web.Response(body=order(1)[:-20].encode())
    (problem,) = fetch(shop, landing).problems
    assert "line 1 of the bulk operation is not whole" in problem.detail
    shop.file = lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/x"})
    (problem,) = fetch(shop, landing).problems
    assert "answered 302" in problem.detail


def test_a_file_that_comes_after_a_server_error_is_taken(vendor: Vendor, landing: Landing) -> None:
    shop = Shop(vendor, [order(1)])
    answers = [web.Response(status=503), shop.file()]
    shop.file = lambda: answers.pop(0)
    assert fetch(shop, landing).problems == ()


def test_a_bulk_order_older_than_the_window_means_the_filter_was_ignored(
    vendor: Vendor, landing: Landing
) -> None:
    old = order(1).replace('"updatedAt":"2026-11', '"updatedAt":"2025-11')
    with pytest.raises(FetchFailed, match="filter was ignored"):
        fetch(Shop(vendor, [old]), landing)
    assert landing.fetches() == []


def test_a_token_that_ends_in_mid_poll_is_renewed_and_the_same_operation_goes_on(
    vendor: Vendor, landing: Landing, tmp_path: Path
) -> None:
    shop = Shop(vendor, [order(1)])
    tokens: list[str] = []

    def answer(call: Call, number: int) -> web.StreamResponse:
        if call.path == "/admin/oauth/access_token":
            assert call.body == {
                "grant_type": "client_credentials",
                "client_id": "an-app",
                "client_secret": "a-secret-canary",
            }
            tokens.append(f"shpat_{len(tokens)}_canary")
            return reply({"access_token": tokens[-1], "expires_in": 86399})
        if call.path == "/file.jsonl":
            return shop.answer(call, number)
        is_poll = call.body["query"] == POLL_BULK
        expired = tokens[0] if is_poll else None
        if call.headers["X-Shopify-Access-Token"] in {expired, "shpat_"}:
            return reply({"errors": "[API] Invalid API key or access token"}, 401)
        return shop.answer(call, number)

    vendor.answer = answer
    auth = RenewableAuth(
        {"client_id": "an-app", "client_secret": "a-secret-canary"},
        SOURCE.headers,
        renew=renew,
        client=make_client(vendor.url, classify=SOURCE.classify),
        path=tmp_path / "tokens" / "shopify.json",
        learn=lambda secrets: None,
    )
    manifest = fetch(shop, landing, auth)
    assert (manifest.problems, len(tokens)) == ((), 2)
    asked = [call.body["query"] for call in vendor.calls if call.path.endswith("graphql.json")]
    assert asked.count(RUN_BULK) == 1
    assert asked.count(POLL_BULK) == 2


def test_wrong_client_credentials_are_unauthorised(vendor: Vendor) -> None:
    vendor.answer = lambda call, number: reply({"error": "application_cannot_be_found"}, 400)
    client = make_client(vendor.url, secrets=["a-secret-canary"])
    with pytest.raises(Unauthorised, match="no token for this client_id") as raised:
        renew(client, {"client_id": "an-app", "client_secret": "a-secret-canary"})
    assert "a-secret-canary" not in str(raised.value)
