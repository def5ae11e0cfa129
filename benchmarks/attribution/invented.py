"""Ten million invented claims, in the tables that the marts of credit read.

400,000 orders (or as many as are asked for) with 25 claims each, spread evenly over the 375 days
before the order: two lie in a window of 30 days. 10,000 collaborations.

    python invented.py WAREHOUSE.duckdb 400000
"""

from __future__ import annotations

import sys

import duckdb

CLAIMS_PER_ORDER = 25
WINDOW = 30

_TABLES = """
create schema staging; create schema intermediate; create schema marts;

create table staging.stg_plan__collaborations as
select
    'col_' || n as collaboration_id, 'cmp_' || n % 40 as campaign_id,
    'inf_' || n // 4 as influencer_id
from range(10000) as t(n);

create table intermediate.int_orders as
select
    n::varchar as order_id,
    timestamp '2025-01-01' + to_seconds(hash(n) % 31536000) as ordered_at,
    ordered_at::date as ordered_on,
    ((1000 + hash(n, 1) % 20000) * 0.01::decimal(3, 2))::decimal(18, 2) as net_revenue,
    (net_revenue + 5)::decimal(18, 2) as gross_revenue,
    'EUR' as currency_code, n % 2 = 0 as is_new_customer, n % 30 = 0 as is_fully_refunded,
    true as is_settled, true as is_countable, null::varchar as quarantine_reason
from range($orders) as t(n);

create table intermediate.int_order_claims as
select
    (n % $orders)::varchar as order_id,
    timestamp '2025-01-01' + to_seconds(hash(n % $orders) % 31536000) as ordered_at,
    ordered_at - to_seconds(hash(n, 2) % (375 * 86400)) as touched_at,
    'col_' || hash(n, 3) % 10000 as collaboration_id,
    (1 + hash(n, 4) % 4)::integer as precedence, 'link' as evidence,
    null::varchar as order_excluded_because, null::varchar as claim_excluded_because
from range($orders * 25) as t(n);

create table intermediate.int_removal_effects_judged as
select
    order_month::date as order_month, collaboration_id,
    (1 + hash(collaboration_id) % 100000)::bigint as effect_weight
from
    staging.stg_plan__collaborations,
    generate_series(date '2025-01-01', date '2025-12-01', interval 1 month) as months (order_month);
"""

RULES = ("last_touch", "first_touch", "linear", "time_decay", "position_based")
# Models, windows and orders.
GRIDS = {
    "five rule models, 30 days": (RULES, (WINDOW,), 400_000),
    "six models, five windows": ((*RULES, "data_driven"), (1, 7, 14, 30, 90), 100_000),
}


def main() -> None:
    """Write the tables."""
    with duckdb.connect(sys.argv[1]) as con:
        con.execute("set threads = 2")
        con.execute(_TABLES.replace("$orders", str(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
