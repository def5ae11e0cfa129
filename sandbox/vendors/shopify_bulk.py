"""Shopify's bulk operations: a query run in the background, its rows left as a file of lines.

A parent and its children are lines of their own, in no order; slashes are escaped; counts are
text; a window without rows has no file, which is no error.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from sandbox.vendors.graphql import GraphQLError, Selection, parse, project, unknown_fields
from sandbox.vendors.shopify_orders import FIELDS, View, order_node
from sandbox.vendors.shopify_schema import SCHEMA
from sandbox.wire import Answer, json_answer

FILES = "/admin/bulk-files/"
_MOST_AT_ONCE = 5
_MOST_CONNECTIONS, _MOST_LEVELS = 5, 2
_IN_LIST = (
    "Queries that contain a connection field within a list field are not currently supported."
)
_LISTS = frozenset({"refunds"})
_JSONL = "application/jsonl"


@dataclass
class _Operation:
    number: int
    lines: list[bytes]
    orders: int
    fate: str
    polls: int = 0


class BulkOperations:
    """All operations of the shop; `fates` are how the next ones end, COMPLETED when empty.

    A fate is a status, after a slash an error code: `FAILED/TIMEOUT`. `RUNNING` never ends.
    """

    def __init__(self) -> None:
        self.fates: deque[str] = deque()
        self._operations: dict[int, _Operation] = {}

    def run(self, document: str, views: Callable[[str], Iterable[View]]) -> dict[str, Any]:
        """The payload of `bulkOperationRunQuery`; `views` gives the orders of a search string."""
        running = [one for one in self._operations.values() if one.polls < 2]
        if len(running) >= _MOST_AT_ONCE:
            return _refused("A bulk query operation is already in progress", "LIMIT_REACHED")
        try:
            (orders,) = parse(document)
            nodes = _checked(orders)
        except (GraphQLError, ValueError) as error:
            return _refused(f"Invalid bulk query: {error}", "INVALID")
        number = len(self._operations) + 1
        lines: list[bytes] = []
        count = 0
        for view in views(str(orders.arguments.get("query", ""))):
            count += 1
            lines += [_line(row) for row in _rows(view, nodes)]
        random.Random(0).shuffle(lines)  # the same lines come in the same disorder
        fate = self.fates.popleft() if self.fates else "COMPLETED"
        self._operations[number] = _Operation(number, lines, count, fate)
        return {"bulkOperation": {"id": _gid(number), "status": "CREATED"}, "userErrors": []}

    def poll(self, gid: str, host: str) -> dict[str, Any] | None:
        """The operation of that id as it stands now: it ends with the second look."""
        operation = self._operations.get(int(gid.rpartition("/")[2] or 0))
        if operation is None:
            return None
        operation.polls += 1
        status, _, error = operation.fate.partition("/")
        if operation.polls < 2:
            status, error = "RUNNING", ""
        # Another name than the shop's, as the vendor keeps files on another host.
        port = host.rpartition(":")[2]
        url = f"http://localhost:{port}{FILES}{operation.number}.jsonl?signature=sandbox-signature"
        has_file = bool(operation.lines)
        counts = (len(operation.lines), operation.orders) if status != "RUNNING" else (0, 0)
        return {
            "id": gid,
            "status": status,
            "errorCode": error or None,
            "objectCount": str(counts[0]),
            "rootObjectCount": str(counts[1]),
            "fileSize": str(sum(map(len, operation.lines))) if has_file else None,
            "url": url if has_file and status == "COMPLETED" else None,
            "partialDataUrl": url if has_file and status == "FAILED" else None,
            "createdAt": None,
            "completedAt": None,
            "type": "QUERY",
            "query": "",
        }

    def file(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """The lines of an operation, for whoever holds the signed URL and sends no credential."""
        if "X-Shopify-Access-Token" in headers or "Authorization" in headers:
            return json_answer({"error": "a signed URL takes no credential"}, 400)
        number = path.removeprefix(FILES).removesuffix(".jsonl")
        operation = self._operations.get(int(number)) if number.isdigit() else None
        if operation is None or query.get("signature") != "sandbox-signature":
            return json_answer({"error": "SignatureDoesNotMatch"}, 403)
        keep = len(operation.lines) if operation.fate == "COMPLETED" else len(operation.lines) // 2
        return Answer(b"".join(operation.lines[:keep]), content_type=_JSONL)


def _checked(orders: Selection) -> tuple[Selection, ...]:
    """The selections of one order; ValueError for what a bulk operation does not run."""
    for owner, name in unknown_fields((orders,), SCHEMA, "QueryRoot"):
        raise ValueError(f"Field '{name}' doesn't exist on type '{owner}'")
    if orders.name != "orders":
        raise ValueError("The top-level field must be a connection")
    found = list(_connections(orders, "QueryRoot", 1, False))
    if any(in_list for _, in_list in found):
        raise ValueError(_IN_LIST)
    if len(found) > _MOST_CONNECTIONS or max(level for level, _ in found) > _MOST_LEVELS:
        raise ValueError(f"at most {_MOST_CONNECTIONS} connections, {_MOST_LEVELS} deep")
    return _node(orders)


def _connections(
    selection: Selection, owner: str, level: int, in_list: bool
) -> Iterator[tuple[int, bool]]:
    """(level, whether inside a list) of every connection at and below a selection."""
    kind = SCHEMA.get(selection.on or owner, {}).get(selection.name, "")
    is_connection = kind.endswith("Connection")
    if is_connection:
        yield level, in_list
    for child in selection.children or ():
        inner = in_list or selection.name in _LISTS
        yield from _connections(child, kind, level + is_connection, inner)


def _node(connection: Selection) -> tuple[Selection, ...]:
    """What is selected of a connection's nodes, spelled with edges or without."""
    (outer,) = connection.children or ()
    if outer.name == "nodes":
        return outer.children or ()
    (node,) = outer.children or ()
    return node.children or ()


def _is_connection(selection: Selection) -> bool:
    return any(child.name in ("edges", "nodes") for child in selection.children or ())


def _without(selections: tuple[Selection, ...]) -> tuple[Selection, ...]:
    return tuple(
        replace(one, children=None if one.children is None else _without(one.children))
        for one in selections
        if not _is_connection(one)
    )


def _rows(view: View, nodes: tuple[Selection, ...]) -> Iterator[dict[str, Any]]:
    """An order's own line, then those of what hangs below it."""
    parent = order_node(view, _without(nodes))
    yield parent
    for chosen in nodes:
        value = FIELDS[chosen.name](view) if chosen.name in FIELDS else None
        for path in (chosen, *(chosen.children or ())):
            if not _is_connection(path) or value is None:
                continue
            inner = value if path is chosen else value.get(path.name)
            for child in (inner or {}).get("nodes", ()):
                yield {**project(child, _node(path)), "__parentId": parent["id"]}


def _line(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row).replace(b"/", b"\\/") + b"\n"


def _refused(message: str, code: str) -> dict[str, Any]:
    error = {"field": ["query"], "message": message, "code": code}
    return {"bulkOperation": None, "userErrors": [error]}


def _gid(number: int) -> str:
    return f"gid://shopify/BulkOperation/{number}"
