"""Shopify Admin GraphQL: orders by the time of their last update, without names or addresses.

Success is not the HTTP status: a throttled or refused query is answered with 200 and `errors`.
https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
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
from ingest.sources.shopify_bulk import BULK, PATH, VERSION, BulkFailed, read_in_bulk
from ingest.sources.shopify_orders import Orders
from ingest.sources.shopify_queries import SCOPES, SHOP, bulk_orders, paged_orders
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter

log = logging.getLogger(__name__)

_TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 - a path
_ORDERS_SHAPE = {"data.orders.nodes": list, "data.orders.pageInfo": dict}
_PAGE_SIZE = 50
# Few orders have more lines; those are read again by id with as many as one page may hold.
_LINES, _MOST_LINES = 20, 250
# updated_at is second-grained and orders change while they are paged: read a little twice.
_OVERLAP = timedelta(hours=1)
# A longer window is read by a bulk operation, unless the setting `bulk_days` says otherwise.
_BULK_DAYS = 7
# Without the scope read_all_orders older orders are left out, and nothing says so.
_DAYS_WITHOUT_SCOPE = 60
_NEVER = datetime.max.replace(tzinfo=UTC)
# In this order: a missing scope is not mended by another try.
_BY_CODE: dict[str, type[FetchFailed | PageTooLarge]] = {
    "ACCESS_DENIED": Unauthorised,
    "MAX_COST_EXCEEDED": PageTooLarge,
    "INTERNAL_SERVER_ERROR": VendorUnavailable,
}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the shop, every order updated since the job's first day, and what was not ready then.

    A long window is read by a bulk operation, which cannot hold the lines of refunds; orders with
    refunds, and those whose journey was not ready on an earlier night, are read by their id.
    """
    if "entity" not in job.kinds:
        return
    context = {"shop": job.options.get("shop", "")}
    shop = client.post(PATH, {"query": SHOP}, shape={"data.shop": dict})
    writer.write("shop", shop, context)
    _check_scope(client, job, writer)
    start = datetime.combine(job.since, time(), UTC) - _OVERLAP
    window = f"updated_at:>='{_second(start)}' AND updated_at:<='{_second(job.now)}'"
    orders = Orders(job.now, job.pending)
    read = partial(_pages, client, paged_orders(job.survey_metafield))

    def look(order: Any, end: datetime = job.now) -> None:
        _check_window(order, start, end)
        orders.look_at(order)

    def look_late(order: Any) -> None:
        look(order, _NEVER)  # it may have changed while the operation ran

    is_long = (job.now.date() - job.since).days > _bulk_days(job)
    try:
        if is_long:
            document = bulk_orders(window, job.survey_metafield)
            read_in_bulk(client, document, look_late, lambda p: writer.write(BULK, p, context))
    except BulkFailed as error:
        log.warning("paging instead: %s", error)
        writer.problem(BULK, context, "fell_back", str(error))
        orders.clear()
        is_long = False
    if not is_long:
        for page in read(window, look):
            writer.write("orders", page, context)
    for page in _by_id(read, orders, writer, orders.to_read_again(), _LINES):
        writer.write("orders", page, context)
    for page in _by_id(read, orders, writer, orders.to_read_whole(), _MOST_LINES):
        writer.write("orders", page, context)
    orders.record_given_up(writer)
    writer.keep_pending(orders.pending)


def _bulk_days(job: FetchJob) -> int:
    text = job.options.get("bulk_days", str(_BULK_DAYS))
    if not text.isdigit():
        raise FetchFailed(f"the setting bulk_days is a number of days, not {text!r}")
    return int(text)


def _check_scope(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Record what the vendor leaves out in silence: orders older than 60 days."""
    first_day = job.now.date() - timedelta(days=_DAYS_WITHOUT_SCOPE)
    if job.since >= first_day:
        return
    page = client.post(PATH, {"query": SCOPES}, shape={"data.currentAppInstallation": dict})
    scopes = page.json["data"]["currentAppInstallation"].get("accessScopes") or ()
    if "read_all_orders" not in {scope.get("handle") for scope in scopes}:
        writer.problem(
            "orders",
            {"shop": job.options.get("shop", ""), "first_day": first_day.isoformat()},
            "permission",
            f"the app lacks the scope read_all_orders: {first_day} is the first day that can be "
            f"read, {job.since} was asked for",
        )


def _pages(
    client: Client, question: str, search: str, look: Callable[[Any], None], lines: int = _LINES
) -> Iterator[Page]:
    """Every page of the orders that `search` finds; each order is shown to `look` first.

    `lines` of an order, and as many of a refund, come with it.
    """
    size, cursor = _PAGE_SIZE, Cursor()
    while not cursor.is_finished:
        variables = {"first": size, "after": cursor.value, "query": search, "lines": lines}
        try:
            page = client.post(
                PATH, {"query": question, "variables": variables}, shape=_ORDERS_SHAPE
            )
        except PageTooLarge as error:
            if size == 1:
                raise FetchFailed(f"a page of one order is still too large: {error}") from error
            size //= 2
            continue
        orders = page.json["data"]["orders"]
        for order in orders["nodes"]:
            look(order)
        yield page
        info = orders["pageInfo"]
        if info.get("hasNextPage") and not info.get("endCursor"):
            raise FetchFailed("Shopify promises another page of orders but gives no cursor")
        cursor.advance(info["endCursor"] if info.get("hasNextPage") else None)


def _by_id(
    read: Callable[..., Iterator[Page]],
    orders: Orders,
    writer: FetchWriter,
    ids: list[str],
    lines: int,
) -> Iterator[Page]:
    """Pages of the orders that must be read again; one that is gone is recorded."""
    for at in range(0, len(ids), _PAGE_SIZE):
        asked = ids[at : at + _PAGE_SIZE]
        found: set[str] = set()

        def look(order: Any, asked: list[str] = asked, found: set[str] = found) -> None:
            order_id = order.get("id") if isinstance(order, dict) else None
            if order_id not in asked:
                raise FetchFailed(f"order {order_id} was not asked for: the filter was ignored")
            found.add(order_id)
            orders.look_at(order)

        numbers = (order_id.rpartition("/")[2] for order_id in asked)
        yield from read(" OR ".join(f"id:{number}" for number in numbers), look, lines)
        for order_id in asked:
            if order_id not in found:
                writer.problem("orders", {"order_id": order_id}, "not_found", "it no longer exists")
                orders.pending.pop(order_id, None)


def _check_window(order: Any, start: datetime, end: datetime) -> None:
    """A misspelt filter is ignored by the vendor and every order returned: then stop."""
    updated_at = parse_instant(order.get("updatedAt")) if isinstance(order, dict) else None
    if updated_at is None:
        return  # the row lacks a key field; load puts it aside
    if not start <= updated_at <= end:
        raise FetchFailed(
            f"order {order.get('id')} of {updated_at} is outside {start:%FT%TZ} to "
            f"{end:%FT%TZ}: the filter was ignored"
        )


def _second(instant: datetime) -> str:
    return iso_instant(instant.replace(microsecond=0))


def renew(client: Client, credentials: Mapping[str, str]) -> dict[str, str]:
    """A token for the app's own client id and secret; it lasts 24 hours."""
    asked = {"grant_type": "client_credentials"}
    asked |= {name: credentials[name] for name in ("client_id", "client_secret")}
    try:
        page = client.post(_TOKEN_PATH, asked, shape={"access_token": str})
    except VendorUnavailable:
        raise
    except FetchFailed as error:
        raise Unauthorised(
            f"Shopify gives no token for this client_id and client_secret: {error}"
        ) from error
    return {"access_token": page.json["access_token"]}


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
    what = f"Shopify {', '.join(sorted(codes))}: {_message(listed[0])}{_scope(listed[0])}"
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


def _scope(error: Any) -> str:
    """Which stream lacks which scope, where the vendor says so."""
    extensions = error.get("extensions") if isinstance(error, dict) else None
    needed = extensions.get("requiredAccess") if isinstance(extensions, dict) else None
    path = error.get("path") if isinstance(error, dict) else None
    if not needed:
        return ""
    at = ".".join(map(str, path)) if isinstance(path, list) else ""
    streams = {"shop": "shop", "bulkOperationRunQuery": BULK, "bulkOperation": BULK}
    return f" (stream {streams.get(at.partition('.')[0], 'orders')} needs {needed})"


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"X-Shopify-Access-Token": credentials.get("access_token") or credentials["token"]}


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
        # Lines of a bulk operation's file: orders, and below them the visits of their journeys.
        Stream(BULK, "entity", ("$.id",), "$.lines", None, ("$.customer.id",)),
    ),
    url="https://{shop}.myshopify.com",
    needs=("shop", "client_id", "client_secret"),
    schedule="15 2 * * *",
    reload_days=1,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    pace=pace,
    rate=4.0,
    instead={"client_id": ("token",), "client_secret": ("token",)},
    options=("bulk_days",),
    renew=renew,
)
