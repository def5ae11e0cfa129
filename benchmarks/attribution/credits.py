"""Credits once, by the compiled SQL of the marts themselves; prints seconds, rows and peak memory.

python credits.py WAREHOUSE.duckdb FOLDER_OF_COMPILED_SQL "five rule models, 30 days"
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
from invented import CLAIMS, GRIDS

STEPS = {
    "int_order_touches": "intermediate.int_order_touches",
    "fct_order_credits": "marts.fct_order_credits",
}


def main() -> None:
    """Run both models, one after the other, as a build does."""
    warehouse, compiled, grid = sys.argv[1:4]
    models, windows = GRIDS[grid]
    with duckdb.connect(warehouse) as con:
        con.execute(
            "set threads = 2; set memory_limit = '800MB'; set preserve_insertion_order = false"
        )
        con.execute(
            "create or replace table intermediate.int_attribution_settings as"
            " select unnest($models) as attribution_model, lookback_days, false as is_default"
            " from (select unnest($windows)::integer as lookback_days)",
            {"models": list(models), "windows": list(windows)},
        )
        seconds, cpu = {}, 0.0
        for name, table in STEPS.items():
            sql = Path(compiled, f"{name}.sql").read_text(encoding="utf-8")
            began, began_cpu = time.perf_counter(), time.process_time()
            con.execute(f"create or replace table {table} as {sql}")
            seconds[name] = time.perf_counter() - began
            cpu += time.process_time() - began_cpu
        rows, lost = con.execute(
            "select (select count(*) from marts.fct_order_credits), count(*) filter (where"
            " credited.net is distinct from orders.net_revenue * $grid) from ("
            " select order_id, sum(net_revenue) as net from marts.fct_order_credits group by all"
            ") as credited full join intermediate.int_orders as orders using (order_id)",
            {"grid": len(models) * len(windows)},
        ).fetchall()[0]
    total = sum(seconds.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "seconds": round(total, 3),
                **{name: round(value, 3) for name, value in seconds.items()},
                "cpu": round(cpu, 3),
                "touches_per_second": round(CLAIMS / total),
                "rows": rows,
                "orders_not_conserved": lost,
                "peak_mb": round(peak),
            }
        )
    )


if __name__ == "__main__":
    main()
