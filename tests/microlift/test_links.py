"""Links of the plan from the folder to the marts: which are asked for, what is counted on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingest.job import Link
from ingest.landing import Landing
from microlift.plan.brand import Brand
from microlift.plan.plan import Plan, read_plan

if TYPE_CHECKING:
    from pathlib import Path

    from microlift.settings import Settings


@pytest.fixture
def plan(good_plan: Path) -> Plan:
    brand = read_plan(good_plan).brand
    tables: dict[str, list[dict[str, Any]]] = {
        "collaborations": [
            {"collaboration_id": "old", "ends_on": "2026-01-31"},
            {"collaboration_id": "new", "ends_on": "2026-12-31"},
        ],
        "links": [
            {"link_id": "l-old", "collaboration_id": "old", "short_url": "https://bit.ly/Old"},
            {"link_id": "l-new", "collaboration_id": "new", "short_url": "bit.ly/New"},
            {"link_id": "l-long", "collaboration_id": "new", "short_url": None},
        ],
    }
    return Plan(brand, tables)


def test_a_link_is_asked_for_as_long_as_its_deals_posts_are_tracked(plan: Plan) -> None:
    assert isinstance(plan.brand, Brand)
    last = date(2026, 1, 31) + timedelta(days=plan.brand.track_posts_days)
    new = Link("l-new", "bit.ly/New")
    assert plan.links_since(last) == (Link("l-old", "https://bit.ly/Old"), new)
    assert plan.links_since(last + timedelta(days=1)) == (new,)


def test_a_night_counts_every_link_by_both_sources(first_version: tuple[Settings, str]) -> None:
    settings = replace(first_version[0])
    plan = read_plan(settings.plan_dir)
    newest = Landing(settings.home / "landing").fetches("bitly")[-1]
    assert newest.streams["clicks"].pages == len(plan.tables["links"]) > 5
    with duckdb.connect(str(settings.home / "warehouse.duckdb"), read_only=True) as con:
        counted = dict(
            con.execute(
                "select counted_by, sum(clicks) from intermediate.int_link_clicks group by all"
            ).fetchall()
        )
        claims = con.execute(
            "select count(*), count(collaboration_id), count(*) filter (is_eligible)"
            " from marts.fct_order_evidence where evidence = 'affiliate'"
        ).fetchone()
    assert counted["bitly"] > counted["ga4"] > counted["bitly"] / 2
    assert claims is not None
    assert claims[0] == claims[1] >= claims[2] > 0
