"""What is measured of the marts: one pass of SQL a frame, whose columns are named after checks.

Each row of a frame is one thing that can be in breach (`subject`); a null has nothing to say. The
tables a measure reads are listed, and it is left out while one of them does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.marts_figures import IMPOSSIBLE
from expectations.marts_keys import KEYS, NULLABLE

# Ratios are kept to six digits; the last one may differ by rounding.
_RATIO_TOLERANCE = "0.000002"
RECENT_DAYS = 7
TRAILING_DAYS = 28
# A plan is edited now and then, and a shop without a sale delivers nothing.
NEVER_BEHIND = ("plan", "shopify_webhooks")


@dataclass(frozen=True)
class Measure:
    """One frame: its name, the tables it reads (`schema.table`), and its SQL."""

    frame: str
    reads: tuple[str, ...]
    sql: str


def _key_measure(table: str, key: tuple[str, ...]) -> Measure:
    needed = [column for column in key if (table, column) not in NULLABLE]
    empty = " or ".join(f"{column} is null" for column in needed)
    columns = ", ".join(key)
    # Equal rows have equal hashes, which are counted in half the time and memory of whole keys.
    repeated = f"select hash({columns}) from marts.{table} group by all having count(*) > 1"  # noqa: S608
    return Measure(
        frame=f"key_of_{table}",
        reads=(f"marts.{table}",),
        sql=f"""
            select
                (
                    select count(*) - count(distinct row({columns}))
                    from marts.{table}
                    where hash({columns}) in ({repeated})
                ) as key_duplicates,
                count(*) filter (where {empty}) as key_nulls
            from marts.{table}
        """,  # noqa: S608 - constants of this file
    )


def _roi_measure(
    table: str, margin: str = "net_revenue * contribution_margin", rounding: str = "0"
) -> Measure:
    """`margin` is what revenue leaves before cost, in columns of the table; `rounding` how much it
    may be rounded by."""

    def differs(column: str, numerator: str, rounded_by: str = "0") -> str:
        return (
            f"abs({column} - ({numerator})::double / nullif(cost, 0))"
            f" > {_RATIO_TOLERANCE} + {rounded_by} / abs(cost)"
            f" or ({column} is null) <> (nullif(cost, 0) is null or ({numerator}) is null)"
        )

    return Measure(
        frame=f"roi_of_{table}",
        reads=(f"marts.{table}",),
        sql=f"""
            select
                count(*) filter (
                    where {differs("roas", "net_revenue")}
                    or {differs("roi_revenue", "net_revenue - cost")}
                    or {differs("roi_margin", f"{margin} - cost", rounding)}
                ) as inconsistent_ratios,
                count(*) filter (
                    where cost is distinct from cost_fee + cost_product + cost_shipping
                    + cost_boost + cost_bonus + cost_commission
                ) as costs_not_summing_up,
                count(*) filter (where contribution_margin not between 0 and 1) as shares_outside
            from marts.{table}
        """,  # noqa: S608 - constants of this file
    )


def _figures_measure(table: str, impossible: str) -> Measure:
    return Measure(
        frame=f"figures_of_{table}",
        reads=(f"marts.{table}",),
        sql=f"select count(*) filter (where {impossible}) as impossible_figures from marts.{table}",  # noqa: S608
    )


MEASURES: tuple[Measure, ...] = (
    *(_key_measure(table, key) for table, key in KEYS.items()),
    *(_figures_measure(table, impossible) for table, impossible in IMPOSSIBLE.items()),
    Measure(
        frame="credits",
        reads=(
            "marts.fct_order_credits",
            "intermediate.int_orders",
            "intermediate.int_attribution_settings",
        ),
        sql="""
            with credited as (
                select
                    order_id, attribution_model, lookback_days,
                    sum(net_revenue) as net_revenue, sum(credit_share) as credit_share
                from marts.fct_order_credits
                group by all
            ),

            due as (
                select orders.order_id, attribution_model, lookback_days, orders.net_revenue
                from intermediate.int_orders as orders
                cross join intermediate.int_attribution_settings
                where orders.is_countable and orders.quarantine_reason is null
            ),

            compared as (
                select
                    credited.credit_share, due.order_id is null as is_not_due,
                    credited.net_revenue is distinct from due.net_revenue as is_different
                from due full outer join credited
                    using (order_id, attribution_model, lookback_days)
            )

            select
                count(*) filter (where is_different and not is_not_due) as unbalanced_orders,
                count(*) filter (where credit_share <> 1) as shares_not_one,
                count(*) filter (where is_not_due) as credits_on_uncountable_orders
            from compared
        """,
    ),
    Measure(
        frame="credit_shares",
        reads=("marts.fct_order_credits",),
        sql="""
            select count(*) filter (where credit_share not between 0 and 1) as shares_outside
            from marts.fct_order_credits
        """,
    ),
    Measure(
        frame="missing_credits",
        reads=("marts.fct_order_credits", "intermediate.int_orders"),
        sql="""
            select count(*) filter (where credits.order_id is null) as orders_without_credits
            from intermediate.int_orders as orders
            left join (select distinct order_id from marts.fct_order_credits) as credits
                on orders.order_id = credits.order_id
            where orders.is_countable and orders.quarantine_reason is null
        """,
    ),
    Measure(
        frame="reported_revenue",
        reads=(
            "marts.fct_order_credits",
            "marts.rpt_influencer_roi",
            "marts.rpt_campaign_roi",
            "marts.rpt_influencer_overall",
        ),
        sql="""
            with credited as (
                select attribution_model, lookback_days, sum(net_revenue) as net_revenue
                from marts.fct_order_credits
                where collaboration_id is not null
                group by all
            ),

            by_influencer as (
                select attribution_model, lookback_days, sum(net_revenue) as net_revenue
                from marts.rpt_influencer_roi
                group by all
            ),

            by_campaign as (
                select attribution_model, lookback_days, sum(net_revenue) as net_revenue
                from marts.rpt_campaign_roi
                group by all
            ),

            overall as (
                select attribution_model, lookback_days, sum(net_revenue) as net_revenue
                from marts.rpt_influencer_overall
                group by all
            )

            select
                credited.attribution_model || ' ' || credited.lookback_days as subject,
                abs(credited.net_revenue - coalesce(by_influencer.net_revenue, 0))
                    as revenue_lost_by_influencer,
                abs(credited.net_revenue - coalesce(by_campaign.net_revenue, 0))
                    as revenue_lost_by_campaign,
                abs(credited.net_revenue - coalesce(overall.net_revenue, 0))
                    as revenue_lost_overall
            from credited
            left join by_influencer using (attribution_model, lookback_days)
            left join by_campaign using (attribution_model, lookback_days)
            left join overall using (attribution_model, lookback_days)
        """,
    ),
    _roi_measure("rpt_influencer_roi"),
    _roi_measure("rpt_campaign_roi"),
    # campaigns of several margins in one: only their sum is exact, and it is kept to the cent
    _roi_measure("rpt_influencer_overall", margin="contribution + cost", rounding="0.006"),
    Measure(
        frame="costs",
        reads=("marts.fct_costs_daily",),
        sql="select count(*) filter (where cost < 0) as negative_costs from marts.fct_costs_daily",
    ),
    Measure(
        frame="deals",
        reads=("marts.dim_collaborations",),
        sql="""
            select count(*) filter (where commission_rate not between 0 and 1) as shares_outside
            from marts.dim_collaborations
        """,
    ),
    Measure(
        frame="engagement",
        reads=("marts.fct_engagement_daily",),
        sql="""
            select
                count(*) filter (
                    where views_coverage not between 0 and 1
                    or engagements_coverage not between 0 and 1
                    or link_clicks_coverage not between 0 and 1
                ) as shares_outside
            from marts.fct_engagement_daily
        """,
    ),
    Measure(
        frame="candidates",
        reads=("marts.rpt_influencer_candidates", "marts.dim_accounts"),
        sql="""
            select
                count(*) filter (
                    where score not between 0 and 1 or score_coverage not between 0 and 1
                ) as shares_outside,
                count(*) filter (
                    where (rank is null) = (not_rankable_because is null)
                    or (rank is not null and (followers is null or score is null))
                ) as ranked_without_knowing,
                count(*) filter (
                    where (platform, account_id) in (
                        select (platform, account_id) from marts.dim_accounts
                    )
                ) as candidates_of_the_plan
            from marts.rpt_influencer_candidates
        """,
    ),
    Measure(
        frame="relationships",
        reads=("marts.rpt_relationships",),
        sql="""
            select
                count(*) filter (
                    where posts_due <> posts_on_time + posts_late + posts_missing
                    or least(posts_on_time, posts_late, posts_missing) < 0
                ) as deliverables_not_summing_up,
                count(*) filter (
                    where on_time_rate not between 0 and 1 or disclosed_rate not between 0 and 1
                ) as shares_outside
            from marts.rpt_relationships
        """,
    ),
    Measure(
        frame="followers",
        reads=("marts.fct_audience_growth_daily", "marts.dim_influencers"),
        sql="""
            select
                (
                    select count(*) from marts.fct_audience_growth_daily
                    where followers < 0 or followers_gained < 0 or followers_lost < 0
                ) + (
                    select count(*) from marts.dim_influencers where followers_total < 0
                ) as negative_followers
        """,
    ),
    Measure(
        frame="lifts",
        reads=("marts.rpt_audience_lift",),
        sql="""
            select
                count(*) filter (
                    where lift not between lift_lo and lift_hi
                    or lift <> observed_net - counterfactual_net
                    or joint_lift not between joint_lift_lo and joint_lift_hi
                    or min_detectable_lift <= 0
                    or placebo_p not between 0 and 1
                ) as inconsistent_lifts,
                count(*) filter (
                    where (verdict = 'up') <> coalesce(lift_lo > 0, false)
                    or (verdict = 'down') <> coalesce(lift_hi < 0, false)
                    or (verdict in ('too_short', 'not_separable') and lift is not null)
                    or (verdict <> 'up' and cost_per_incremental_follower is not null)
                ) as verdicts_against_interval
            from marts.rpt_audience_lift
        """,
    ),
    Measure(
        frame="counters",
        reads=("marts.fct_post_engagement_daily",),
        sql="""
            select
                count(*) filter (
                    where views_to_date < 0 or likes_to_date < 0 or comments_to_date < 0
                    or reach_to_date < 0
                ) as negative_counters
            from marts.fct_post_engagement_daily
        """,
    ),
    Measure(
        frame="quarantine",
        reads=("quality.quarantine",),
        sql="""
            select
                table_name, reason as subject,
                case when reason = 'no_rate' then count(*) end as rows_without_rate,
                case when reason <> 'no_rate' then count(*) end as quarantined_rows
            from quality.quarantine
            group by table_name, reason
        """,
    ),
    Measure(
        frame="revenue",
        reads=("intermediate.int_orders", "intermediate.int_settings"),
        sql=f"""
            with daily as (
                select
                    settings.as_of_date - orders.ordered_on as days_ago, orders.net_revenue
                from intermediate.int_orders as orders
                cross join intermediate.int_settings as settings
                where orders.is_countable and orders.quarantine_reason is null
            ),

            periods as (
                select
                    coalesce(sum(net_revenue) filter (
                        where days_ago between 1 and {RECENT_DAYS}
                    ), 0) / {RECENT_DAYS} as recent,
                    sum(net_revenue) filter (
                        where days_ago between {RECENT_DAYS + 1} and {RECENT_DAYS + TRAILING_DAYS}
                    ) / {TRAILING_DAYS} as trailing_mean,
                    max(days_ago) as history_days, count(*) filter (where days_ago < 0) as ahead
                from daily
            )

            select
                case
                    when history_days > {RECENT_DAYS + TRAILING_DAYS}
                        then recent / nullif(trailing_mean, 0)
                end as revenue_against_trailing,
                ahead as orders_in_the_future
            from periods
        """,  # noqa: S608 - constants of this file
    ),
    Measure(
        frame="freshness",
        reads=("raw.fetches", "raw.fetch_streams"),
        sql=f"""
            with observed as (
                select source, max(last_observed_at) as last_observed_at
                from raw.fetch_streams
                where status = 'accepted'
                group by source
            )

            select
                source as subject, 'raw.' || source as table_name,
                case
                    when source not in {NEVER_BEHIND}
                        then (max(epoch(last_observed_at)) over () - epoch(last_observed_at)) / 3600
                end as hours_behind
            from observed
        """,  # noqa: S608 - a constant of this file
    ),
)
