"""What intervals and ranks cost: 10,000 influencers, 1 million credited orders, one and 30 views.

    python benchmarks/intervals.py [--influencers 10000] [--orders 1000000]

Credits are invented straight in DuckDB; what is timed are the models' own statements, from credits
to reports, each time in a fresh process on two threads. A second build must give the same rows.
Limits: 60 s and 4 GB for one model and window. Writes `results/intervals.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).resolve().parent
# Its modules stand beside a script that is no package, so the path comes before them (E402).
sys.path.insert(0, str(HERE))

from compiled import Model, compile_models, run_models  # noqa: E402
from outcome import machine, used, write_results  # noqa: E402

MARTS = ("fct_credit_sums", "rpt_influencer_roi", "rpt_campaign_roi", "rpt_influencer_overall")
MODELS = ("fct_credit_periods", *MARTS)
LIMITS = {"seconds": 60.0, "peak_mb": 4096.0}
CAMPAIGNS = 200
_INPUTS = """
create schema warehouse.intermediate;
create schema warehouse.marts;
use warehouse;
create table intermediate.int_settings as
select date '2026-12-31' as as_of_date, 0 as none_sold, 'EUR' as reporting_currency,
    30 as return_window_days;
create table intermediate.int_attribution_settings as
select 'model_' || m as attribution_model, d::integer as lookback_days,
    m = 1 and d = 1 as is_default
from range(1, $models + 1) as models (m), range(1, $windows + 1) as windows (d);
create table marts.dim_campaigns as
select 'c' || c as campaign_id, 0.58::decimal(9, 6) as contribution_margin
from range($campaigns) as campaigns (c);
create table marts.dim_collaborations as
select 'd' || i as collaboration_id, 'c' || i % $campaigns as campaign_id,
    'i' || i as influencer_id, date '2026-06-30' as ends_on
from range($influencers) as influencers (i);
create table intermediate.int_costs_to_date as
select collaboration_id, campaign_id, influencer_id, true as is_complete,
    1500.00::decimal(18, 2) as cost, 0.00::decimal(18, 2) as cost_product,
    1400.00::decimal(18, 2) as cost_fee, 0.00::decimal(18, 2) as cost_shipping,
    0.00::decimal(18, 2) as cost_boost, 0.00::decimal(18, 2) as cost_bonus,
    100.00::decimal(18, 2) as cost_commission
from marts.dim_collaborations;
create table intermediate.int_deal_coverage as
select collaboration_id, campaign_id, influencer_id, 0::bigint as orders_unread,
    true as is_revenue_complete,
    25.00::decimal(18, 2) as discount_given
from marts.dim_collaborations;
create table intermediate.int_revenue_expectations as
select date '2026-06-01' as ordered_on, 0 as days_seen, 0::decimal(18, 8) as share_to_come,
    true as is_settled;
create table intermediate.int_refund_errors_by_age as
select 0 as days_seen, 0::decimal(18, 6) as forecast_error;
create table intermediate.int_orders as
select 'o' || o as order_id, true as is_settled, 0::decimal(18, 2) as refunds
from range($orders) as orders (o);
create table intermediate.int_order_leaks as
select 'o' || o as order_id, 'd' || o as collaboration_id, true as is_leaked
from range(100) as orders (o);
create table marts.fct_order_credits as
with orders as (
    select o, floor($influencers * pow((hash(o) % 1000003) / 1000003, 2))::bigint as i,
        (5 + hash(o, 1) % 20000 / 100 + hash(o, 2) % 300 / 10 * (hash(o, 3) % 7))::decimal(18, 2)
            as net_revenue
    from range($orders) as orders (o)
)
select 'o' || o as order_id, date '2026-06-01' as ordered_on, v.attribution_model, v.lookback_days,
    'd' || i as collaboration_id, 'c' || i % $campaigns as campaign_id, 'i' || i as influencer_id,
    1::decimal(12, 10) as credit_share, net_revenue, net_revenue as gross_revenue,
    'EUR' as currency_code, hash(o, 4) % 3 > 0 as is_new_customer,
    hash(o, 5) % 20 = 0 as is_fully_refunded, true as is_settled
from orders cross join intermediate.int_attribution_settings as v;
"""


def main() -> int:
    """Measure both sizes, print and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        return _child(options.child)
    report: dict[str, Any] = {
        "machine": machine(),
        "influencers": options.influencers,
        "credited_orders": options.orders,
        "limits": LIMITS,
        "runs": [],
    }
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        work = Path(name)
        models = [m for m in compile_models(MODELS, work) if m.name in MODELS]
        (work / "models.json").write_text(json.dumps([[m.name, m.statement] for m in models]))
        for views in ((1, 1), (6, 5)):
            _invent(work, options.influencers, options.orders, *views)
            runs = [_run(work) for _ in range(2)]
            is_same = runs[0].pop("digest") == runs[1].pop("digest")
            run = {"models": views[0], "windows": views[1], "is_rerun_equal": is_same}
            run |= {key: min(r[key] for r in runs) for key in runs[0]}
            report["runs"].append(run)
            print(json.dumps(run))
    write_results("intervals", report)
    first = report["runs"][0]
    is_good = all(first[key] <= limit for key, limit in LIMITS.items())
    return 0 if is_good and all(run["is_rerun_equal"] for run in report["runs"]) else 1


def _invent(work: Path, influencers: int, orders: int, models: int, windows: int) -> None:
    (work / "credits.duckdb").unlink(missing_ok=True)
    sql = _INPUTS
    values = {"influencers": influencers, "orders": orders, "models": models, "windows": windows}
    for name, value in (values | {"campaigns": CAMPAIGNS}).items():
        sql = sql.replace(f"${name}", str(value))
    with duckdb.connect() as con:
        con.execute(f"attach '{work / 'credits.duckdb'}' as warehouse")
        con.execute(sql)


def _run(work: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(work)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _child(work: Path) -> int:
    models = [Model(*pair) for pair in json.loads((work / "models.json").read_text())]
    with duckdb.connect() as con:
        con.execute(f"attach '{work / 'credits.duckdb'}' as warehouse")
        con.execute("use warehouse; set threads = 2; set preserve_insertion_order = false")
        began = time.monotonic()
        run_models(con, models)
        seconds = time.monotonic() - began
        digest = [
            con.sql(f"select bit_xor(hash(t)), count(*) from marts.{name} as t").fetchone()  # noqa: S608
            for name in MARTS
        ]
    print(json.dumps({"seconds": round(seconds, 2), **used(), "digest": str(digest)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
