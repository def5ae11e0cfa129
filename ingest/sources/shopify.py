"""Shopify Admin GraphQL: orders by the time of their last update, without names or addresses.

Success is not the HTTP status: a throttled or refused query is answered with 200 and `errors`.
https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ingest.errors import (
    FetchFailed,
    IngestError,
    PageTooLarge,
    Throttled,
    Unauthorised,
    VendorUnavailable,
)
from ingest.page import Page, iso_instant, parse_instant
from ingest.pagination import Cursor
from ingest.sources.shopify_queries import ORDERS, SHOP
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

VERSION = "2026-10"
_PATH = f"/admin/api/{VERSION}/graphql.json"
_PAGE_SIZE = 50
# updated_at is second-grained and orders change while they are paged: read a little twice.
_OVERLAP = timedelta(hours=1)
# In this order: a missing scope is not mended by another try.
_BY_CODE: dict[str, type[FetchFailed | PageTooLarge]] = {
    "ACCESS_DENIED": Unauthorised,
    "MAX_COST_EXCEEDED": PageTooLarge,
    "INTERNAL_SERVER_ERROR": VendorUnavailable,
}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the shop and every order updated since the job's first day."""
    if "entity" not in job.kinds:
        return
    context = {"shop": job.options.get("shop", "")}
    shop = client.post(_PATH, {"query": SHOP}, shape={"data.shop": dict})
    writer.write("shop", shop, context)
    start = datetime.combine(job.since, time(), UTC) - _OVERLAP
    size = _PAGE_SIZE
    cursor = Cursor()
    while not cursor.is_finished:
        try:
            page = _orders(client, start, job.now, cursor.value, size)
        except PageTooLarge as error:
            if size == 1:
                raise FetchFailed(f"a page of one order is still too large: {error}") from error
            size //= 2
            continue
        orders = page.json["data"]["orders"]
        for order in orders["nodes"]:
            _check_window(order, start, job.now)
        writer.write("orders", page, context)
        info = orders["pageInfo"]
        if info.get("hasNextPage") and not info.get("endCursor"):
            raise FetchFailed("Shopify promises another page of orders but gives no cursor")
        cursor.advance(info["endCursor"] if info.get("hasNextPage") else None)


def _orders(client: Client, start: datetime, end: datetime, after: str | None, size: int) -> Page:
    window = f"updated_at:>='{_second(start)}' AND updated_at:<='{_second(end)}'"
    variables = {"first": size, "after": after, "query": window}
    return client.post(
        _PATH,
        {"query": ORDERS, "variables": variables},
        shape={"data.orders.nodes": list, "data.orders.pageInfo": dict},
    )


def _check_window(order: Any, start: datetime, end: datetime) -> None:
    """A misspelt filter is ignored by the vendor and every order returned: then stop."""
    updated_at = parse_instant(order.get("updatedAt")) if isinstance(order, dict) else None
    if updated_at is None:
        return  # the row lacks a key field; load puts it aside
    if not start <= updated_at <= end:
        raise FetchFailed(
            f"order {order.get('id')} of {updated_at} is outside {_second(start)} to "
            f"{_second(end)}: the filter was ignored"
        )


def _second(instant: datetime) -> str:
    return iso_instant(instant.replace(microsecond=0))


def classify(page: Page) -> IngestError | None:
    """The error an answer stands for; `errors` is a list or, for a bad token, a plain string."""
    served = page.headers.get("X-Shopify-API-Version")
    if served and served != VERSION:
        return FetchFailed(f"Shopify answered as version {served} instead of {VERSION}")
    errors = page.json.get("errors") if isinstance(page.json, dict) else None
    if not errors or (isinstance(errors, str) and page.status >= 400):
        return None  # the status says it all
    # A page with data beside errors is partial: what it leaves out would look like nothing.
    listed = errors if isinstance(errors, list) else [errors]
    codes = {_code(error) for error in listed}
    what = f"Shopify {', '.join(sorted(codes))}: {_message(listed[0])}"
    if "THROTTLED" in codes:
        return Throttled(what, _seconds_short(page) or None)
    for code, kind in _BY_CODE.items():
        if code in codes:
            return kind(what)
    return VendorUnavailable(what) if page.status >= 500 else FetchFailed(what)


def pace(page: Page) -> float:
    """Seconds until the bucket holds enough for the same query again."""
    return _seconds_short(page)


def _seconds_short(page: Page) -> float:
    """(requested - available) / restoreRate; 0 when it is not known or enough is there."""
    try:
        cost = page.json["extensions"]["cost"]
        status = cost["throttleStatus"]
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(0.0, missing / float(status["restoreRate"]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return 0.0


def _code(error: Any) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return str(extensions.get("code", "error")) if isinstance(extensions, dict) else "error"


def _message(error: Any) -> str:
    return str(error.get("message", error) if isinstance(error, dict) else error)[:300]


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"X-Shopify-Access-Token": credentials["token"]}


SOURCE = Source(
    name="shopify",
    streams=(
        Stream("shop", "entity", ("$.myshopifyDomain",), "$.data.shop"),
        Stream(
            "orders",
            "entity",
            ("$.id", "$.updatedAt"),
            "$.data.orders.nodes",
            None,
            ("$.customer.id",),
        ),
    ),
    url="https://{shop}.myshopify.com",
    needs=("token", "shop"),
    schedule="15 2 * * *",
    reload_days=1,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    pace=pace,
    rate=4.0,
)
