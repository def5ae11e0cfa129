"""The plan as a source of its own: landed beside the vendors, so that it has a history too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from ingest.errors import FetchFailed
from ingest.job import FetchJob
from ingest.page import Page
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.landing import FetchWriter, Landing

TABLES: dict[str, tuple[str, ...]] = {
    "brand": ("$.name",),
    "influencers": ("$.influencer_id",),
    "accounts": ("$.platform", "$.account_id"),
    "campaigns": ("$.campaign_id",),
    "collaborations": ("$.collaboration_id",),
    "costs": ("$.cost_id",),
    "codes": ("$.code", "$.collaboration_id"),
    "links": ("$.link_id",),
    "posts": ("$.platform", "$.post_id"),
    "interactions": ("$.interaction_id",),
}


def _fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    raise FetchFailed("the plan is landed with land_plan, not fetched")


PLAN = Source(
    name="plan",
    streams=tuple(Stream(name, "entity", key, "$.rows") for name, key in TABLES.items()),
    url="",
    needs=(),
    schedule="",
    reload_days=0,
    fetch=_fetch,
)


def plan_hash(tables: Mapping[str, list[dict[str, Any]]]) -> str:
    """A digest of the plan's rows; the same rows in the same order give the same digest."""
    return hashlib.sha256(orjson.dumps(tables, option=orjson.OPT_SORT_KEYS)).hexdigest()


def land_plan(
    landing: Landing,
    tables: Mapping[str, list[dict[str, Any]]],
    now: datetime,
    is_simulated: bool,
) -> str | None:
    """Land the plan's rows and return the fetch's id; None when the newest plan is the same."""
    digest = plan_hash(tables)
    landed = landing.fetches(PLAN.name)
    if landed and landed[-1].plan_hash == digest:
        return None
    job = FetchJob(since=now.date(), until=now.date(), now=now)
    with landing.begin(PLAN, job, digest, is_simulated) as writer:
        for name in TABLES:
            rows = {"rows": tables.get(name, [])}
            body = orjson.dumps(rows)
            request = {"method": "READ", "path": f"/{name}", "params": {}}
            writer.write(name, Page(200, {}, body, rows, now, request), {})
        return writer.commit().fetch_id
