"""The cost lines of a version stay in its file, beside the marts and out of their way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from warehouse_house import build_marts, land, load_all, videos

from warehouse.db import connect
from warehouse.publish import READER_CONFIG, publish
from warehouse.versions import CURRENT

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def test_a_version_keeps_the_lines_it_was_made_of_and_tells_them_to_no_mart(home: Path) -> None:
    land(home, "youtube", [videos(3)], 0)
    build_marts(home, stamp=1)
    with connect(home) as con:
        load_all(con, home)
        con.execute(
            """
            create schema intermediate;
            create table intermediate.int_cost_lines as
            select
                'l1' as cost_id, 'f1' as fetch_id, 'deal' as collaboration_id, 'fee' as cost_type,
                date '2026-03-01' as incurred_on, null::date as paid_on,
                date '2026-03-01' as first_day, date '2026-03-02' as last_day, 12 as cost_amount,
                'USD' as cost_currency_code, 10 as cost, 'EUR' as currency_code;
            """
        )
    version = publish(home, "r1", "passed", NOW)
    file = str(home / "published" / CURRENT)
    with duckdb.connect(file, read_only=True, config={**READER_CONFIG}) as con:
        kept = con.execute("from evidence.cost_lines")
        columns = [name for name, *_ in kept.description]
        assert dict(zip(columns, kept.fetchall()[0], strict=True)).items() >= {
            "cost_id": "l1", "cost_amount": 12, "cost_currency_code": "USD", "cost": 10,
        }.items()  # fmt: skip
    told = json.loads((version.folder / "manifest.json").read_text(encoding="utf-8"))
    assert not any("cost_lines" in name for name in {**told["tables"], **told["files"]})
