"""Shopify's bulk operations: the vendor runs one query over everything and leaves a file of lines.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

import orjson

from ingest.errors import FetchFailed
from ingest.page import Page
from ingest.sources.shopify_queries import POLL_BULK, RUN_BULK

if TYPE_CHECKING:
    from ingest.http import Client

VERSION = "2026-10"
PATH = f"/admin/api/{VERSION}/graphql.json"
BULK = "bulk_orders"
_STARTED_SHAPE = {"data.bulkOperationRunQuery": dict}
_POLLED_SHAPE = {"data.bulkOperation": dict, "data.bulkOperation.status": str}
_UNDER_WAY = frozenset({"CREATED", "RUNNING"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 20.0
# The vendor gives an operation ten days; a night that waits so long is better paged.
_PATIENCE_SECONDS = 2 * 3600.0
_PAGE_BYTES = 1 << 20


class BulkFailed(FetchFailed):
    """The operation brought nothing that can be proven whole: page instead."""


def read_in_bulk(
    client: Client, document: str, look: Callable[[Any], None], write: Callable[[Page], None]
) -> None:
    """Write every line that the operation of `document` gives, as pages of lines.

    Each order is shown to `look`. Nothing is written before all lines are proven to be there.
    Raises BulkFailed; and FetchFailed where paging would fail as well.
    """
    started = client.post(
        PATH, {"query": RUN_BULK, "variables": {"query": document}}, shape=_STARTED_SHAPE
    )
    operation = _wait(client, _operation_id(started))
    url = operation.get("url")
    lines, orders = _count(operation, "objectCount"), _count(operation, "rootObjectCount")
    with tempfile.TemporaryFile() as file:
        if url:
            try:
                client.get_file(url, file)
            except FetchFailed as error:
                raise BulkFailed(f"the file of the bulk operation: {error}") from error
        found = _prove(file, look)
        if found != (lines, orders):
            raise BulkFailed(
                f"the bulk operation counts {lines} lines and {orders} orders, "
                f"its file holds {found[0]} and {found[1]}"
            )
        file.seek(0)
        request = {"method": "GET", "path": "bulk operation", "params": {"query": document}}
        for body, count in _bodies(file):
            # What an order was is dated by the start: it may have been read at any time after.
            write(Page(200, {}, client.masked(body), count, started.observed_at, request))


def _operation_id(started: Page) -> str:
    answer = started.json["data"]["bulkOperationRunQuery"]
    errors, operation = answer.get("userErrors"), answer.get("bulkOperation")
    if errors or not isinstance(operation, Mapping) or not operation.get("id"):
        listed = errors if isinstance(errors, list) and errors else [{"message": "no operation"}]
        told = "; ".join(f"{e.get('code', 'error')}: {e.get('message')}" for e in listed)
        raise BulkFailed(f"the bulk operation was not started: {told}"[:500])
    return str(operation["id"])


def _wait(client: Client, operation_id: str) -> Mapping[str, Any]:
    """The completed operation; a token that expires meanwhile is renewed by the client."""
    give_up_at, pause = time.monotonic() + _PATIENCE_SECONDS, _FIRST_PAUSE
    question = {"query": POLL_BULK, "variables": {"id": operation_id}}
    while True:
        page = client.post(PATH, question, shape=_POLLED_SHAPE)
        operation: Mapping[str, Any] = page.json["data"]["bulkOperation"]
        status = operation["status"]
        if status == "COMPLETED":
            return operation
        if status not in _UNDER_WAY:
            partial = " after a part of the lines" if operation.get("partialDataUrl") else ""
            why = operation.get("errorCode") or "no error code"
            raise BulkFailed(f"the bulk operation ended as {status} ({why}){partial}")
        if time.monotonic() > give_up_at:
            raise BulkFailed(f"the bulk operation is still {status} after two hours")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _count(operation: Mapping[str, Any], name: str) -> int:
    try:
        return int(operation[name])  # the vendor sends them as text
    except (KeyError, TypeError, ValueError):
        raise BulkFailed(f"the bulk operation does not say its {name}") from None


def _prove(file: IO[bytes], look: Callable[[Any], None]) -> tuple[int, int]:
    """How many lines the file holds, and how many of them are orders."""
    file.seek(0)
    lines = orders = 0
    for line in filter(bytes.strip, file):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BulkFailed(f"line {lines + 1} of the bulk operation is not whole") from None
        lines += 1
        if not isinstance(row, dict) or "__parentId" not in row:
            orders += 1
            look(row)
    return lines, orders


def _bodies(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """The lines as the vendor wrote them, a megabyte at a time, in the list that load reads."""
    lines: list[bytes] = []
    size = pages = 0
    for line in filter(bytes.strip, file):
        lines.append(line.strip())
        size += len(line)
        if size >= _PAGE_BYTES:
            yield b'{"lines":[' + b",".join(lines) + b"]}", len(lines)
            lines, size, pages = [], 0, pages + 1
    if lines or not pages:  # a window without an order is a page without a line
        yield b'{"lines":[' + b",".join(lines) + b"]}", len(lines)
