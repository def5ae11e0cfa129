"""One day against all of them, for the marts of orders: evidence, credits, revenue and ROI.

A shop's history of orders is written straight into raw (`invented_orders.py`), 90 days of it and
then 900. Each history is built, three days are added and built one after another, and everything is
built anew, whose tables must be those of the last day. A day's seconds are the median of the three.
Prints the ratios P6, P7 and P8 with their targets, writes `results/order_build.json`, exits 1 while
one is missed.

    python benchmarks/order_build.py [--influencers 10000] [--days 90 900]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_home import Bench
from invented_orders import add_days, plan_rows, planned_at
from outcome import Line, machine, median_of, print_lines, used, write_results

from warehouse.fingerprint import differing

# The models between raw's orders and the marts that speak of them: built by orders,
BY_ORDER = (
    "stg_shopify__orders", "stg_impact__actions", "int_orders_latest", "int_refunds",
    "int_orders", "int_order_edits", "int_order_discounts", "int_order_code_claims",
    "int_order_visit_claims", "int_order_survey_claims", "int_order_claims",
    "int_order_claims_judged", "int_order_touches", "int_order_leak_signs",
    "int_revenue_events", "fct_order_evidence", "fct_revenue_events", "ambiguities",
)  # fmt: skip
# and those in which one order moves others, or which are made whole.
CREDITS = ("fct_order_credits", "fct_credit_periods", "fct_credit_sums")
PATH = (
    *BY_ORDER, *CREDITS,
    "stg_shopify__refunds", "int_order_affiliate_claims", "int_order_leaks", "fct_order_leaks",
    "int_journey_steps", "int_removal_effects", "int_removal_effects_judged",
    "int_refund_triangle", "int_refund_forecasts", "int_refund_errors", "int_refund_errors_by_age",
    "int_revenue_expectations", "int_discounts_given", "int_commissions", "int_costs_recognised",
    "int_costs_to_date", "int_deal_coverage", "fct_revenue_daily", "fct_credited_days",
    "fct_roi_daily", "fct_costs_daily", "rpt_influencer_roi", "rpt_influencer_overall",
    "rpt_campaign_roi", "rpt_refund_development", "rpt_cost_reconciliation",
)  # fmt: skip
WHOLE = "the whole build"
Measured = dict[str, Any]


def _new_home(home: Path, influencers: int, days: int) -> Bench:
    """A home with a shop, an affiliate network, rates of exchange, and a plan of many deals."""
    return Bench(home, plan_rows(influencers, days), planned_at(), add_days)


def _timed(bench: Bench, *, is_full: bool = False) -> Measured:
    """Seconds of what a night does between load and check: whole, models of PATH, tests."""
    built = bench.build(is_full=is_full)
    measured = {
        "scope": built.scope,
        "whole": built.whole,
        "processor": built.processor,
        "models": built.seconds("model", PATH),
        "tests": built.seconds("test"),
    }
    print(f"  {measured['scope']}: {measured['whole']} s, {measured['processor']} of processor")
    for kind in ("models", "tests"):
        dearest = list(measured[kind].items())[:16]
        print(f"    {kind} {sum(measured[kind].values()):.1f} s:", dearest, flush=True)
    return measured


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--influencers", type=int, default=10_000)
    parser.add_argument("--days", type=int, nargs=2, default=(90, 900))
    options = parser.parse_args()
    runs = {}
    with tempfile.TemporaryDirectory(prefix="microlift-bench-") as name:
        _timed(_new_home(Path(name) / "warm" / "home", 10, 1))  # dbt's parsing is paid here
        for days in options.days:
            home = Path(name) / str(days) / "home"
            runs[days] = _measure(home, options.influencers, days)
    lines = _lines(*options.days, runs)
    report = {
        "machine": machine(peak_mb=used()["peak_mb"]),
        "influencers": options.influencers,
        "ratios": [line.as_row() for line in lines],
        "runs": runs,
    }
    write_results("order_build", report)
    sys.exit(not print_lines(lines))


def _measure(home: Path, influencers: int, days: int) -> dict[str, Any]:
    print(f"{days} days", flush=True)
    bench = _new_home(home, influencers, days)
    bench.add(0, days)
    _timed(bench)
    added = []
    for day in range(days, days + 3):
        bench.add(day, day + 1)
        added.append(_timed(bench))
    appended = bench.tables()
    full = _timed(bench, is_full=True)
    found = differing(appended, bench.tables())
    print(f"  differing: {found}", flush=True)
    return {"day": median_of(added), "full": full, "differing": found}


def _lines(short: int, long: int, runs: dict[int, dict[str, Any]]) -> list[Line]:
    lines = []
    measured = ((long, "day"), (long, "full"), (short, "day"))
    for what, seconds in (
        ("all models from raw to the reports", lambda run: sum(run["models"].values())),
        ("staging of orders", lambda run: run["models"]["stg_shopify__orders"]),
        ("evidence and revenue, by order", lambda run: sum(run["models"][m] for m in BY_ORDER)),
        ("credits and their sums", lambda run: sum(run["models"][m] for m in CREDITS)),
        (WHOLE, lambda run: run["whole"]),
    ):
        day, full, before = (seconds(runs[days][kind]) for days, kind in measured)
        # P6 was set by statements alone; what dbt costs whatever the data only informs.
        sign = "" if what == WHOLE else "<="
        lines += [
            Line("P6", f"a day / {long} days, {what}", day / full, sign, 0.05),
            Line("P7", f"a day at {long} days / at {short}, {what}", day / before, "<=", 2.0),
        ]
    count = sum(len(run["differing"]) for run in runs.values())
    return [*sorted(lines, key=lambda line: line.id), Line("P8", "tables", count, "<=")]


if __name__ == "__main__":
    main()
