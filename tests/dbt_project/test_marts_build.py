"""Whole builds: unit tests, nothing at all, one influencer, an earlier instant, a second time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from marts_house import House
from marts_world import channel, plan, video, youtube_pages

MARTS = "select table_name from information_schema.tables where table_schema = 'marts'"


def test_every_unit_test_passes(world: House) -> None:
    results = world.dbt("test", "--select", "test_type:unit")
    assert len(results) >= 10
    assert [result for result in results if result[1] != "pass"] == []


def test_a_warehouse_without_any_data_builds(new_house: Callable[[], House]) -> None:
    house = new_house()
    house.load()
    house.build()
    tables = [name for (name,) in house.rows(MARTS)]
    assert len(tables) >= 15
    assert [table for table in tables if house.rows(f"from marts.{table}")] == []


def test_one_influencer_without_a_shop_builds_and_no_revenue_is_unknown(
    new_house: Callable[[], House],
) -> None:
    house = new_house()
    house.land_plan("2026-10-01T02:00:00", plan())
    videos = [video("v", "2026-09-30T09:00:00Z", "9007199254740993", "1", "1")]
    pages = youtube_pages([channel("UCana", "999")], videos, ["v"])
    house.land("youtube", "2026-10-01T03:00:00", pages)
    house.load()
    house.build()
    assert house.rows("select views_to_date from marts.fct_post_engagement_daily") == [
        (9007199254740993,)
    ]
    assert house.rows(
        "select influencer_id, tier from marts.dim_influencers where tier is not null"
    ) == [("ana", "nano")]
    assert house.rows(
        "select orders, net_revenue, cost from marts.influencer_roi where influencer_id = 'ana'"
    ) == [(None, None, Decimal("32.26"))]


def test_as_of_shows_the_marts_as_they_looked_then(world: House, tmp_path: Path) -> None:
    # A target of its own: another variable makes dbt parse anew, and again once it is gone.
    house = House(tmp_path, tmp_path / "target")
    shutil.copy(world.warehouse, house.warehouse)
    house.make(as_of="2026-10-02T12:00:00Z")
    assert house.rows("select name from marts.dim_campaigns") == [("Autumn draft",)]
    assert house.rows("select max(date_day)::varchar from marts.fct_post_engagement_daily") == [
        ("2026-10-02",)
    ]
    assert house.rows("select count(*) from marts.fct_order_credits") == [(0,)]
    assert house.rows("select count(net_revenue) from marts.influencer_roi") == [(0,)]
    # rates came three days later
    assert house.rows("select key from quality.quarantine order by key") == [("k2",), ("k3",)]


def test_a_second_build_gives_the_same_rows(world: House) -> None:
    tables = [name for (name,) in world.rows(MARTS)]
    before = {table: world.rows(f"from marts.{table} order by all") for table in tables}
    world.make()
    assert {table: world.rows(f"from marts.{table} order by all") for table in tables} == before


def test_tables_and_columns_of_the_marts_explain_themselves(world: House) -> None:
    silent = world.rows(
        "select table_name from duckdb_tables() where schema_name in ('marts', 'quality')"
        " and comment is null and table_name not in ('gate_results')"
        " union all select table_name || '.' || column_name from duckdb_columns()"
        " where schema_name = 'marts' and comment is null"
    )
    assert silent == []


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        ("100.00", (1, 1, 1), ("33.34", "33.33", "33.33")),
        ("0.01", (2, 2, 1), ("0.01", "0.00", "0.00")),
        ("-0.05", (2, 1), ("-0.03", "-0.02")),
        ("10.00", (1, 5), ("1.67", "8.33")),
        ("1000000000000.00", (1, 1, 1), ("333333333333.34", "333333333333.33", "333333333333.33")),
        ("600000000000.03", (1,) * 6, ("100000000000.01",) * 3 + ("100000000000.00",) * 3),
    ],
    ids=["thirds", "one cent", "a net refund", "sixths", "a million millions", "shares above one"],
)
def test_the_largest_remainder_gives_whole_cents_that_add_up(
    world: House, amount: str, shares: tuple[int, ...], parts: tuple[str, ...]
) -> None:
    parts_of = (
        f"select {list(range(len(shares)))} as members, {list(shares)}::bigint[] as weights,"
        f" {amount}::decimal(18, 2) as net"
    )
    amounts = "[{'name': 'net', 'places': 2, 'type': 'decimal(18, 2)'}]"
    allocated = f"{{{{ allocate('parts', {amounts}, 'members', 'weights') }}}}"
    sql = world.compiled(f"with parts as ({parts_of}) {allocated}")
    found = dict(world.rows(f"select member, net from ({sql})"))  # noqa: S608
    assert [found[n] for n in range(len(parts))] == [Decimal(part) for part in parts]
