"""The plan lands like any source, and only when it changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest_vendor import NOW, landed_pages

from ingest.plan_source import PLAN, TABLES, land_plan, plan_hash
from ingest.registry import ALL_STREAMS, SOURCES
from ingest.sources.shopify_webhooks import WEBHOOKS

if TYPE_CHECKING:
    from ingest.landing import Landing

ROWS: dict[str, list[dict[str, Any]]] = {
    "brand": [{"name": "Lumen", "reporting_currency": "EUR"}],
    "codes": [{"code": "ANA10", "collaboration_id": "c1", "valid_to": None}],
}


def test_every_table_of_the_plan_is_landed_even_an_empty_one(landing: Landing) -> None:
    fetch_id = land_plan(landing, ROWS, NOW, False)
    (manifest,) = landing.fetches("plan")
    assert manifest.fetch_id == fetch_id
    assert set(manifest.streams) == set(TABLES)
    assert landed_pages(manifest, "codes")[0]["body"] == {"rows": ROWS["codes"]}
    assert landed_pages(manifest, "costs")[0]["body"] == {"rows": []}
    assert manifest.plan_hash == plan_hash(ROWS)


def test_an_unchanged_plan_is_not_landed_again_and_a_changed_one_is(landing: Landing) -> None:
    assert land_plan(landing, ROWS, NOW, False)
    assert land_plan(landing, ROWS, NOW + timedelta(days=1), False) is None
    changed = {**ROWS, "codes": []}
    assert land_plan(landing, changed, NOW + timedelta(days=2), False)
    assert land_plan(landing, ROWS, NOW + timedelta(days=3), False)
    assert len(landing.fetches("plan")) == 3


def test_every_stream_is_listed_once_by_source_and_name() -> None:
    assert set(ALL_STREAMS()) == {
        *((PLAN.name, name) for name in TABLES),
        *((s.name, stream.name) for s in SOURCES.values() for stream in s.streams),
        *((WEBHOOKS.name, stream.name) for stream in WEBHOOKS.streams),
    }
    assert all(name == source.name for name, source in SOURCES.items())
    assert ALL_STREAMS()["shopify", "orders"].hashed == ("$.customer.id",)
