"""Shopify Admin GraphQL: the shop and its orders, with query costs and throttling.

Success is not the status: a throttled query is answered with 200 and no data.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.bucket import Bucket
from sandbox.moments import DAY, parse_instant
from sandbox.order_book import LATEST, Slot
from sandbox.vendors.graphql import (
    GraphQLError,
    Selection,
    is_mutation,
    parse,
    project,
    resolve,
    unknown_fields,
)
from sandbox.vendors.shopify_apps import TOKEN_PATH, Apps
from sandbox.vendors.shopify_bulk import FILES, BulkOperations
from sandbox.vendors.shopify_orders import View, order_node
from sandbox.vendors.shopify_schema import SCHEMA
from sandbox.wire import Answer, Ask, json_answer

if TYPE_CHECKING:
    from sandbox.facts import Facts

PREFIX = "/admin/"
_PATH = re.compile(r"^/admin/api/(\d{4}-\d{2}|unstable)/graphql\.json$")
_VERSIONS = ("2025-10", "2026-01", "2026-04", "2026-07", "2026-10")
_RANGE = re.compile(r"(updated_at|created_at|processed_at):\s*(>=|<=|>|<)\s*['\"]?([^'\"\s)]+)")
_IDS = re.compile(r"\bid:(\d+)")
_SCOPE_DAYS = 60
_MAX_PAGE = 250
_MAX_COST = 1_000


@dataclass
class _Call:
    """One document's surroundings: its root type, its variables, the instant, the app's scopes."""

    root: str
    variables: dict[str, Any]
    at: int
    scopes: frozenset[str]
    host: str = ""


class Shopify:
    """Serves the shop of `facts`; `points` are the bucket's size and what it restores a second."""

    def __init__(self, facts: Facts, points: tuple[float, float]) -> None:
        self._facts = facts
        self._bucket = Bucket(*points)
        self.apps = Apps()
        self.bulk = BulkOperations()

    def answer(self, ask: Ask) -> Answer:
        if ask.path == TOKEN_PATH and ask.method == "POST":
            return self.apps.give_token(ask)
        if ask.path.startswith(FILES):
            return self.bulk.file(ask.path, ask.query, ask.headers)
        match = _PATH.match(ask.path)
        if match is None or ask.method != "POST":
            return json_answer({"errors": "Not Found"}, 404)
        scopes = self.apps.scopes(ask.headers.get("X-Shopify-Access-Token", ""), ask.at)
        if scopes is None:
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return json_answer({"errors": message}, 401)
        # A retired version does not fail: the oldest supported one answers.
        version = match[1] if match[1] in _VERSIONS else _VERSIONS[0]
        try:
            body = orjson.loads(ask.body)
            document = body["query"]
            selections = parse(document)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return json_answer({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        except GraphQLError as error:
            answer = _refused(str(error), "parseError")
        else:
            root = "Mutation" if is_mutation(document) else "QueryRoot"
            call = _Call(root, body.get("variables") or {}, ask.at, scopes)
            call.host = ask.headers.get("Host", "")
            answer = self._run(selections, call)
        answer.headers["X-Shopify-API-Version"] = version
        return answer

    def _run(self, selections: tuple[Selection, ...], call: _Call) -> Answer:
        variables = call.variables
        for owner, name in unknown_fields(selections, SCHEMA, call.root):
            message = f"Field '{name}' doesn't exist on type '{owner}'"
            return _refused(message, "undefinedField", typeName=owner, fieldName=name)
        requested = sum(_cost(selection, variables) for selection in selections)
        if requested > _MAX_COST:
            message = f"Query cost is {requested}, which exceeds the single query max cost limit"
            return _refused(message, "MAX_COST_EXCEEDED", cost=requested, maxCost=_MAX_COST)
        if not self._bucket.take(requested):
            error = {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
            return json_answer({"errors": [error], "extensions": self._extensions(requested)})
        data: dict[str, Any] = {}
        actual = 1
        for selection in selections:
            if selection.name == "orders":
                page = self._orders(selection, resolve(selection.arguments, variables), call)
                if isinstance(page, Answer):
                    self._bucket.give_back(requested)
                    return page
                data[selection.key] = page
                actual += 5 * _sized(len(next(iter(page.values()))))
            elif selection.name == "shop":
                data[selection.key] = self._shop(selection)
            else:
                data[selection.key] = project(self._other(selection, call), selection.children)
        actual = min(actual, requested)
        self._bucket.give_back(requested - actual)
        whole: dict[str, Any] = {"data": data, "extensions": self._extensions(requested, actual)}
        if "read_customers" not in call.scopes and _asks_for("customer", selections):
            # Partial data beside the error, as the vendor answers.
            whole["errors"] = [_denied("customer", "read_customers")]
        return json_answer(whole)

    def _other(self, selection: Selection, call: _Call) -> Any:
        if selection.name == "currentAppInstallation":
            return {"accessScopes": [{"handle": name} for name in sorted(call.scopes)]}
        arguments = resolve(selection.arguments, call.variables)
        if selection.name == "bulkOperation":
            return self.bulk.poll(str(arguments.get("id", "")), call.host)
        return self.bulk.run(
            str(arguments.get("query", "")), lambda search: self._views(search, call)
        )

    def _views(self, search: str, call: _Call) -> Iterator[View]:
        """Every order that a search finds, as it stands."""
        for slot in self._matching({"query": search}, call, -1):
            yield View(slot.order, call.at, self._facts.orders, self._facts.shop)

    def _extensions(self, requested: int, actual: int | None = None) -> dict[str, Any]:
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": {
                    "maximumAvailable": float(self._bucket.maximum),
                    "currentlyAvailable": self._bucket.available,
                    "restoreRate": float(self._bucket.rate),
                },
            }
        }

    def _shop(self, selection: Selection) -> dict[str, Any]:
        shop = self._facts.shop
        whole = {
            "id": "gid://shopify/Shop/1",
            "name": shop.name,
            "ianaTimezone": shop.time_zone,
            "currencyCode": shop.currency,
            "myshopifyDomain": f"{shop.handle}.myshopify.com",
        }
        return {chosen.key: whole[chosen.name] for chosen in selection.children or ()}

    def _orders(
        self, selection: Selection, arguments: dict[str, Any], call: _Call
    ) -> dict[str, Any] | Answer:
        at = call.at
        size = arguments.get("first")
        if not isinstance(size, int) or not 0 < size <= _MAX_PAGE:
            return _refused("you must provide one of first or last", "BAD_REQUEST")
        after = _position(arguments["after"]) if "after" in arguments else -1
        if after is None:
            return _refused("Invalid cursor for current pagination sort.", "BAD_REQUEST")
        slots = self._matching(arguments, call, after)
        page = list(islice(slots, size + 1))
        has_next = len(page) > size
        del page[size:]
        answer: dict[str, Any] = {}
        for chosen in selection.children or ():
            inner = chosen.children or ()
            if chosen.name == "nodes":
                answer[chosen.key] = [self._node(slot, at, inner) for slot in page]
            elif chosen.name == "edges":
                answer[chosen.key] = [self._edge(slot, at, inner) for slot in page]
            else:
                info = {
                    "hasNextPage": has_next,
                    "hasPreviousPage": after >= 0,
                    "startCursor": _cursor(page[0].position) if page else None,
                    "endCursor": _cursor(page[-1].position) if page else None,
                }
                answer[chosen.key] = {one.key: info[one.name] for one in inner}
        return answer

    def _matching(self, arguments: dict[str, Any], call: _Call, after: int) -> Iterator[Slot]:
        """Slots that the filter keeps; a filter without a known field keeps everything."""
        at = call.at
        bounds = _bounds(str(arguments.get("query", "")))
        since, until = bounds["updated_at"]
        first, last = bounds["created_at"]
        book = self._facts.orders
        if arguments.get("sortKey") == "UPDATED_AT":
            slots = book.changed(since, until, at, after)
        else:  # by PROCESSED_AT, the default; the order's number decides within a second
            orders = [slot.order for slot in book.changed(since, until, at)]
            placed = sorted((order.created << 32 | order.number, order) for order in orders)
            slots = (Slot(position, order) for position, order in placed if position > after)
        ids = {int(number) for number in _IDS.findall(str(arguments.get("query", "")))}
        if "read_all_orders" not in call.scopes:
            first = max(first, at - _SCOPE_DAYS * DAY)
        for slot in slots:
            if first <= slot.order.created < last and (not ids or slot.order.number in ids):
                yield slot

    def _node(self, slot: Slot, at: int, inner: tuple[Selection, ...]) -> dict[str, Any]:
        return order_node(View(slot.order, at, self._facts.orders, self._facts.shop), inner)

    def _edge(self, slot: Slot, at: int, inner: tuple[Selection, ...]) -> dict[str, Any]:
        return {
            one.key: _cursor(slot.position)
            if one.name == "cursor"
            else self._node(slot, at, one.children or ())
            for one in inner
        }


def _bounds(text: str) -> dict[str, tuple[int, int]]:
    """[since, until) by field, from a search string such as `updated_at:>='..' AND ...`."""
    found = {"updated_at": (-LATEST, LATEST), "created_at": (-LATEST, LATEST)}
    for name, sign, value in _RANGE.findall(text):
        key = "created_at" if name == "processed_at" else name
        since, until = found[key]
        try:
            moment = parse_instant(value)
        except ValueError:
            continue
        if sign.startswith(">"):
            since = max(since, moment + (sign == ">"))
        else:
            until = min(until, moment + (sign == "<="))
        found[key] = (since, until)
    return found


def _cost(selection: Selection, variables: dict[str, Any]) -> int:
    """An object costs one point, a connection its size times what one of its nodes costs.

    The vendor does not publish how `first` becomes a size; its square root gives figures of the
    order of those recorded.
    """
    if selection.children is None or SCHEMA["#free"].get(selection.name):
        return 0
    inside = sum(_cost(child, variables) for child in selection.children)
    if selection.name in ("nodes", "edges", "node"):
        return max(inside, 1)
    size = resolve(selection.arguments, variables).get("first")
    if isinstance(size, int):
        return _sized(size) * max(inside, 1)
    return 1 + inside


def _asks_for(name: str, selections: tuple[Selection, ...]) -> bool:
    return any(one.name == name or _asks_for(name, one.children or ()) for one in selections)


def _denied(field: str, scope: str) -> dict[str, Any]:
    needed = f"`{scope}` access scope."
    return {
        "message": f"Access denied for {field} field. Required access: {needed}",
        "extensions": {
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": needed,
        },
        "path": ["orders", "nodes", 0, field],
    }


def _sized(count: int) -> int:
    return math.ceil(math.sqrt(max(count, 0)))


def _refused(message: str, code: str, **more: Any) -> Answer:
    return json_answer({"errors": [{"message": message, "extensions": {"code": code, **more}}]})


def _cursor(position: int) -> str:
    return base64.b64encode(orjson.dumps({"last_id": position})).decode()


def _position(cursor: Any) -> int | None:
    try:
        return int(orjson.loads(base64.b64decode(str(cursor), validate=True))["last_id"])
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
