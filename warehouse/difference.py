"""The difference of two published versions, as `restatements` finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.difference_names import Names, read_names
from warehouse.restatement_causes import Sides
from warehouse.restatements import create_changes
from warehouse.sql import dicts, text
from warehouse.versions import Version, find_version

# Money and counts of events: of these a sum over rows means something. Of ratios, bounds, ranks,
# probabilities and levels, such as followers, it does not.
SUMMED = (
    "cancellations_event_date", "cancellations_order_cohort", "comments", "contacts",
    "contribution", "cost", "cost_bonus", "cost_boost", "cost_commission", "cost_fee",
    "cost_product", "cost_shipping", "cost_to_date", "discount_given", "edits_event_date",
    "edits_order_cohort", "engagements", "engagements_classic", "engagements_full",
    "expected_net_revenue", "followers_gained", "followers_lost", "followers_net",
    "gross_revenue", "incurred", "likes", "link_clicks", "link_sessions", "net_revenue",
    "net_revenue_event_date", "net_revenue_leaked", "net_revenue_new", "net_revenue_order_cohort",
    "net_revenue_returning", "new_customers", "orders", "orders_kept", "orders_refunded",
    "orders_with_known_customer", "overpaid", "paid", "planned", "posts", "refunds_event_date",
    "refunds_order_cohort", "returning_customers", "sales_event_date", "sales_order_cohort",
    "saves", "shares", "spread", "still_open", "stories_captured", "views",
)  # fmt: skip
# Of these, what is an amount in the brand's currency.
MONEY = (
    "contribution", "cost", "cost_bonus", "cost_boost", "cost_commission", "cost_fee",
    "cost_product", "cost_shipping", "cost_to_date", "discount_given", "edits_event_date",
    "edits_order_cohort", "expected_net_revenue", "gross_revenue", "incurred", "net_revenue",
    "net_revenue_event_date", "net_revenue_leaked", "net_revenue_new", "net_revenue_order_cohort",
    "net_revenue_returning", "overpaid", "paid", "planned", "refunds_event_date",
    "refunds_order_cohort", "sales_event_date", "sales_order_cohort", "spread", "still_open",
)  # fmt: skip
# What a reader is asked about, of campaigns and of influencers in them.
ASKED = ("net_revenue", "cost", "roi_margin")
ASKED_IN = ("rpt_campaign_roi", "rpt_influencer_roi")
# Their rows overlap: a campaign's cost beside each account, all platforms beside each of them, one
# age beside the next.
_OVERLAPPING = ("rpt_audience_lift", "rpt_refund_development", "rpt_tier_benchmarks")
# Each change, whether it is of the default model and window (or of a mart that has none), and how
# much of a sum moved. Costs are there once for each way to recognise them: one of these counts.
_FIGURES = f"""
create or replace temp table figures as
select
    changes.*,
    coalesce(
        (key ->> 'attribution_model') || (key ->> 'lookback_days') = settings.view_after,
        key ->> 'attribution_model' is null
    ) as is_default,
    if(
        is_default and column_name in {SUMMED} and table_name not in {_OVERLAPPING}
        and coalesce(key ->> 'recognition', 'spread') = 'spread',
        coalesce(try_cast(after as decimal(38, 4)), 0)
        - coalesce(try_cast(before as decimal(38, 4)), 0),
        null
    ) as moved
from changes
cross join changed_settings as settings
"""  # noqa: S608 - constants of this file
_SUMMARY = """
select table_name, column_name, cause, count(*) as figures, sum(moved) as moved
from figures
where $is_all or (is_default and list_contains($reports, table_name))
group by all order by all
"""
_CHANGES = f"""
select table_name, key, column_name, before, after, cause
from figures
where $is_all or (is_default and list_contains($reports, table_name))
order by
    $is_money_first and column_name in {MONEY} desc,
    abs(coalesce(try_cast(after as double), 0) - coalesce(try_cast(before as double), 0)) desc,
    table_name, key, column_name
limit $most
"""  # noqa: S608 - constants of this file
# By campaign or influencer in one, the largest change of money first.
_ASKED = f"""
select
    table_name, key, column_name, cause,
    try_cast(before as decimal(38, 6)) as before, try_cast(after as decimal(38, 6)) as after
from figures
where is_default and table_name in {ASKED_IN} and column_name in {ASKED}
order by
    table_name,
    max(coalesce(abs(moved), 0)) over (partition by table_name, key) desc, key,
    list_position({[*ASKED]}, column_name)
"""  # noqa: S608 - constants of this file
# The days of campaigns tell apart what came newly and what was restated.
_BY_CAUSE = """
with parts as (
    select
        cause,
        json_object(
            'campaign_id', key ->> 'campaign_id', 'influencer_id', key ->> 'influencer_id'
        ) as owner,
        min(key ->> 'date_day') as first_day, max(key ->> 'date_day') as last_day,
        coalesce(sum(moved) filter (where column_name = 'net_revenue'), 0) as net_revenue,
        coalesce(sum(moved) filter (where column_name = 'cost'), 0) as cost
    from figures
    where table_name = 'fct_roi_daily' and column_name in ('net_revenue', 'cost')
    group by all
)

select
    cause, min(first_day) as first_day, max(last_day) as last_day,
    arg_max(owner, (greatest(abs(parts.net_revenue), abs(parts.cost)), owner)) as most_of_it,
    sum(parts.net_revenue) as net_revenue, sum(parts.cost) as cost
from parts
group by cause
order by greatest(abs(sum(parts.net_revenue)), abs(sum(parts.cost))) desc, cause
"""
_CURRENCY = "select max(currency_code) from after.marts.rpt_campaign_roi"


@dataclass(frozen=True)
class Difference:
    """`changes` are figures (table_name, key, column_name, before, after, cause), the largest
    first; `summary` counts them by table, column and cause. `moved` is the sum of after minus
    before in the default model and window, null where a sum means nothing. `total` figures differ,
    `told` of them are those that were asked for. `asked` are net revenue, cost and margin ROI of
    campaigns and of influencers in them (table_name, key, column_name, before, after, cause), those
    with the largest change of money first; `by_cause` sums money over the days of campaigns.
    """

    before: Version
    after: Version
    summary: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    total: int
    told: int
    asked: list[dict[str, Any]]
    by_cause: list[dict[str, Any]]
    names: Names
    currency: str | None


def compare_versions(
    home: Path,
    before: str,
    after: str,
    keys: Mapping[str, Sequence[str]],
    most: int,
    *,
    is_all: bool = True,
    is_money_first: bool = False,
) -> Difference:
    """The difference of two published versions of a home, in the marts of `keys`.

    `most` changes are listed. Unless `is_all`, figures are told of reports alone, where `keys` has
    any, and of the default model and window. `is_money_first` puts amounts above counts and
    shares. Raises UnknownVersion; CannotCompare when a version is
    too old to hold what causes are told from.
    """
    old, new = find_version(home, before), find_version(home, after)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for name, version in (("before", old), ("after", new)):
            con.execute(f"attach {text(version.file)} as {name} (read_only)")
        is_redefined = old.definitions != new.definitions
        sides = Sides("before", "after", old.as_of_date, new.as_of_date, is_redefined)
        create_changes(con, sides, keys)
        con.execute(_FIGURES)
        reports = [name for name in keys if name.startswith("rpt_")] or [*keys]
        asked = {"is_all": is_all, "reports": reports}
        summary = dicts(con, _SUMMARY, asked)
        listed = {**asked, "most": most, "is_money_first": is_money_first}
        changes = dicts(con, _CHANGES, listed)
        ((total,),) = con.execute("select count(*) from changes").fetchall()
        money, by_cause = dicts(con, _ASKED), dicts(con, _BY_CAUSE)
        ((currency,),) = con.execute(_CURRENCY).fetchall()
        names = read_names(con)
    told = sum(row["figures"] for row in summary)
    return Difference(old, new, summary, changes, total, told, money, by_cause, names, currency)
