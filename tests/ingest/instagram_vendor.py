"""A stand-in for Instagram that answers everything, except what a test lets it refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest_vendor import NOW, Call, Vendor, make_job, reply, run_fetch

from ingest.sources.instagram import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest
    from ingest.streams import Source


def graph_error(
    code: int, message: str = "no", subcode: int | None = None, **more: Any
) -> web.StreamResponse:
    error = {"message": message, "code": code, "error_subcode": subcode, **more}
    return reply({"error": error}, 400)


def media(media_id: str, days_old: float = 1, product: str = "FEED") -> dict[str, Any]:
    at = (NOW - timedelta(days=days_old)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": media_id, "timestamp": at, "media_product_type": product}


class Instagram:
    """Accounts answer everything; `posts` by account, other lists by `account/list`; `refuse` may
    answer any call instead."""

    def __init__(
        self,
        posts: dict[str, list[Any]] | None = None,
        refuse: Callable[[Call], web.StreamResponse | None] = lambda call: None,
    ) -> None:
        self.posts = posts or {}
        self.refuse = refuse

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        if refusal := self.refuse(call):
            return refusal
        node, _, edge = call.path.removeprefix("/v25.0/").partition("/")
        if edge == "insights":
            names = call.query["metric"].split(",")
            return reply({"data": [{"name": name} for name in names], "paging": {"next": "future"}})
        if edge == "media":
            return reply({"data": self.posts.get(node, [])})
        if edge:
            return reply({"data": self.posts.get(f"{node}/{edge}", [])})
        return reply({"id": node, "followers_count": 5})


def fetch(
    vendor: Vendor,
    landing: Landing,
    answer: Any,
    *accounts: str,
    source: Source = SOURCE,
    **job: Any,
) -> Manifest:
    vendor.answer = answer
    return run_fetch(source, make_job(*(accounts or ("1784",)), **job), landing, vendor.url)


COUNTERS = {"kinds": frozenset({"counter"})}
DATED = {"kinds": frozenset({"dated"})}
ENTITIES = {"kinds": frozenset({"entity"})}


def edges(vendor: Vendor, edge: str) -> list[Call]:
    return [call for call in vendor.calls if call.path.endswith(f"/{edge}")]


def refused(manifest: Manifest) -> list[tuple[str, str]]:
    return [(problem.stream, problem.reason) for problem in manifest.problems]
