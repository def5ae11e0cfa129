"""Credits once, by the compiled SQL of the marts themselves; prints seconds, rows and peak memory.

First rolled up to influencers, as a report reads them, then written as the table of all credits.

    python credits.py WAREHOUSE.duckdb FOLDER_OF_COMPILED_SQL "five rule models, 30 days"
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
from invented import GRIDS

TOUCHES = "intermediate.int_order_touches"
CREDITS = "marts.fct_order_credits"
# Sorting, grouping and joining spill beyond it.
MEMORY = {"five rule models, 30 days": "600MB", "six models, five windows": "800MB"}


def main() -> None:
    """Run both models, one after the other, as a build does."""
    warehouse, compiled, grid = sys.argv[1:4]
    models, windows, _ = GRIDS[grid]
    with duckdb.connect(warehouse) as con:
        con.execute(f"set threads = 2; set memory_limit = '{MEMORY[grid]}'")
        con.execute("set preserve_insertion_order = false")
        con.execute(f"drop table if exists {TOUCHES}; drop table if exists {CREDITS}")
        con.execute(
            "create or replace table intermediate.int_attribution_settings as"
            " select unnest($models) as attribution_model, lookback_days, false as is_default"
            " from (select unnest($windows)::integer as lookback_days)",
            {"models": list(models), "windows": list(windows)},
        )
        touches = _timed(con, f"create table {TOUCHES} as {_sql(compiled, 'int_order_touches')}")
        credits = _sql(compiled, "fct_order_credits")
        reported = "influencer_id, attribution_model, lookback_days, sum(credit_share) as orders"
        reported += ", sum(net_revenue) as net, sum(gross_revenue) as gross"
        summed = f"select {reported} from ({credits}) group by all"  # noqa: S608 - our own SQL
        rollup = _timed(con, f"create temp table rolled as {summed}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        written = _timed(con, f"create table {CREDITS} as {credits}")
        rows, lost = con.execute(
            "select (select count(*) from marts.fct_order_credits), count(*) filter (where"
            " credited.net is distinct from orders.net_revenue * $grid) from ("
            " select order_id, sum(net_revenue) as net from marts.fct_order_credits group by all"
            ") as credited full join intermediate.int_orders as orders using (order_id)",
            {"grid": len(models) * len(windows)},
        ).fetchall()[0]
    print(
        json.dumps(
            {
                "touches": touches,
                "rolled_up": rollup,
                "written": written,
                "rows": rows,
                "orders_not_conserved": lost,
                "peak_mb_rolled_up": round(peak),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


def _sql(compiled: str, name: str) -> str:
    return Path(compiled, f"{name}.sql").read_text(encoding="utf-8")


def _timed(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, float]:
    """Seconds by the clock, and of both processors together."""
    began, began_cpu = time.perf_counter(), time.process_time()
    con.execute(sql)
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return {"wall": round(wall, 3), "cpu": round(cpu, 3)}


if __name__ == "__main__":
    main()
