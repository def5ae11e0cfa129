"""Small marts in which every check is green, and a raw frame likewise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd

MARTS = """
create schema raw; create schema intermediate; create schema marts; create schema quality;

create table intermediate.int_settings as select date '2026-06-01' as as_of_date;
create table intermediate.int_orders as
select
    'o' || i as order_id, date '2026-06-01' - (i % 60 + 1)::integer as ordered_on,
    10.01::decimal(18, 2) as net_revenue, i % 10 <> 0 as is_countable,
    case when i % 10 = 0 then 'test' end as not_countable_because,
    null::varchar as quarantine_reason
from range(600) as t(i);

create table intermediate.int_attribution_settings as
select 'last_touch' as attribution_model, 30 as lookback_days, true as is_default;

create table marts.fct_order_credits as
with split as (
    select
        order_id,
        unnest([
            {'c': 'd1', 'share': 0.6, 'net': 6.01}, {'c': null, 'share': 0.4, 'net': 4.0}
        ]) as part
    from intermediate.int_orders where is_countable
)
select
    order_id, 'last_touch' as attribution_model, 30 as lookback_days,
    part.c as collaboration_id, part.share::decimal(12, 10) as credit_share,
    part.net::decimal(18, 2) as net_revenue
from split;
create table marts.fct_order_leaks as
select 'o1' as order_id, 'd1' as collaboration_id, false as is_leaked, 'alone' as leak_reason;
create table marts.fct_order_evidence as
select
    'o1' as order_id, 'code' as evidence, 'LUMEN10' as claim, timestamp '2026-05-01' as touched_at,
    'd1' as collaboration_id;

create table marts.dim_accounts as
select 'youtube' as platform, 'UC1' as account_id, null::date as valid_from;
create table marts.dim_campaigns as select 'k1' as campaign_id;
create table marts.dim_collaborations as
select 'd1' as collaboration_id, 0.1::decimal(9, 6) as commission_rate;
create table marts.dim_influencers as select 'i1' as influencer_id, 12000 as followers_total;
create table marts.dim_posts as
select 'youtube' as platform, 'p' || i as post_id from range(40) as t(i);

create table marts.fct_audience_growth_daily as
select
    'youtube' as platform, 'UC1' as account_id, date '2026-05-01' + i::integer as date_day,
    12000 + i as followers, 1 as followers_gained, 0 as followers_lost
from range(30) as t(i);
create table marts.fct_costs_daily as
select
    'd1' as collaboration_id, date '2026-05-01' as date_day, 'fee' as cost_type,
    'spread' as recognition, 100.00::decimal(18, 2) as cost;
create table marts.fct_engagement_daily as
select
    'k1' as campaign_id, 'i1' as influencer_id, 'youtube' as platform,
    date '2026-05-01' as date_day, 1::decimal(18, 6) as views_coverage,
    0.5::decimal(18, 6) as engagements_coverage, null::decimal(18, 6) as link_clicks_coverage;
create table marts.fct_post_engagement_daily as
select
    'youtube' as platform, 'p1' as post_id, date '2026-05-01' as date_day, 10 as views_to_date,
    1 as likes_to_date, null::bigint as comments_to_date, null::bigint as reach_to_date;
create table marts.fct_revenue_daily as select date '2026-05-01' as date_day;
create table marts.fct_revenue_events as
select 'o1' as order_id, 'sale' as event, '' as event_id;
create table marts.fct_roi_daily as
select 'k1' as campaign_id, 'i1' as influencer_id, date '2026-05-01' as date_day;
create table marts.fct_stories as
select
    'instagram' as platform, 'a' as account_id, timestamp '2026-05-01' as starts_at, 's' as post_id;
create table marts.dim_account_handles as
select 'youtube' as platform, 'UC1' as account_id, 'ana' as handle, 'plan' as told_by;
create table marts.rpt_candidate_backtest as
select 'score' as part, 0.2 as rank_correlation, 0.0 as rank_correlation_lo,
    0.4 as rank_correlation_hi;
create table marts.rpt_influencer_candidates as
select 'youtube' as platform, 'UC9' as account_id, 20000 as followers, 1 as rank,
    null as not_rankable_because, 0.5 as score, 0.9 as score_coverage;
create table marts.fct_interactions as select 'c1' as interaction_id;
create table marts.rpt_relationships as
select 'i1' as influencer_id, 3 as posts_due, 1 as posts_on_time, 1 as posts_late,
    1 as posts_missing, 0.333333 as on_time_rate, null::decimal(18, 6) as disclosed_rate,
    null::bigint as posts_still_due, 2 as sponsored_posts, 0.00::decimal(18, 2) as cost_to_date;
create table marts.rpt_story_capture as select 'instagram' as platform, 'a' as account_id;
create table marts.rpt_audience_lift as
select
    'k1' as campaign_id, 'instagram' as platform, 'a' as account_id, 'up' as verdict,
    300::bigint as observed_net, 100.5::decimal(18, 1) as counterfactual_net,
    199.5::decimal(18, 1) as lift, 9.5::decimal(18, 1) as lift_lo, 389.5::decimal(18, 1) as lift_hi,
    null::decimal(18, 1) as joint_lift, null::decimal(18, 1) as joint_lift_lo,
    null::decimal(18, 1) as joint_lift_hi, 250.0::decimal(18, 1) as min_detectable_lift,
    0.2::decimal(18, 6) as placebo_p, 5.00::decimal(18, 2) as cost_per_incremental_follower
union all by name
select
    'k2' as campaign_id, 'instagram' as platform, 'a' as account_id, 'not_separable' as verdict,
    10.0 as joint_lift, -5.0 as joint_lift_lo, 25.0 as joint_lift_hi;
create table marts.rpt_cost_reconciliation as
select 'd1' as collaboration_id, 'fee' as cost_type;
create table marts.rpt_refund_development as select 0 as days_seen;
create table marts.rpt_engagement as
select
    'k1' as campaign_id, 'i1' as influencer_id, 'youtube' as platform, 1.0 as coverage,
    1.0 as views_coverage, null::decimal(18, 6) as reach_coverage, 0.5 as er_followers_coverage,
    100 as views, null::bigint as reach_post_summed, 9 as engagements, 0 as link_clicks,
    0.04 as er_followers, null::decimal(18, 6) as er_reach, 0.09 as er_views, 0.04 as er_median,
    1.10 as cpe, null::decimal(18, 6) as cpm_reach, 9.00 as cpm_views, 0.10 as cpv,
    null::decimal(18, 6) as cpc, 1.2 as er_vs_own_baseline, -0.1 as er_vs_own_baseline_lo,
    2.5 as er_vs_own_baseline_hi;
create table marts.fct_account_anomalies as
select
    'youtube' as platform, 'UC1' as account_id, date '2026-05-01' as date_day,
    'followers_jumped' as anomaly, null::varchar as post_id, 1.4 as limit_exceeded;
create table marts.fct_post_engagement as
select 'youtube' as platform, 'p1' as post_id, 10 as views, null::bigint as reach, 1 as likes,
    0 as comments, null::bigint as shares, null::bigint as saves, 1 as engagements,
    0.01 as er_followers;
create table marts.rpt_influencer_engagement as
select * exclude (campaign_id) from marts.rpt_engagement;
create table marts.rpt_tier_benchmarks as
select
    'micro' as tier, 'youtube' as platform, 0.04 as er_followers, 0.03 as er_followers_lo,
    0.05 as er_followers_hi, -0.2 as roi_margin, -0.6 as roi_margin_lo, 0.3 as roi_margin_hi,
    1.5 as ratio_to_macro, 1.1 as ratio_to_macro_lo, 2.0 as ratio_to_macro_hi;

create table marts.rpt_campaign_roi as
with credited as (
    select sum(net_revenue) as net_revenue from marts.fct_order_credits
    where collaboration_id is not null
)
select
    'k1' as campaign_id, 'last_touch' as attribution_model, 30 as lookback_days,
    net_revenue, 100.00::decimal(18, 2) as cost, 60.00::decimal(18, 2) as cost_fee,
    20.00::decimal(18, 2) as cost_product, 5.00::decimal(18, 2) as cost_shipping,
    5.00::decimal(18, 2) as cost_boost, 0.00::decimal(18, 2) as cost_bonus,
    10.00::decimal(18, 2) as cost_commission, 0.58::decimal(9, 6) as contribution_margin,
    (net_revenue / 100)::decimal(18, 6) as roas,
    ((net_revenue - 100) / 100)::decimal(18, 6) as roi_revenue,
    ((net_revenue * 0.58 - 100) / 100)::decimal(18, 6) as roi_margin
from credited;
create table marts.rpt_influencer_roi as
select 'i1' as influencer_id, * from marts.rpt_campaign_roi;
create table marts.rpt_influencer_overall as
select
    * exclude (campaign_id),
    (net_revenue * contribution_margin - cost)::decimal(18, 2) as contribution
from marts.rpt_influencer_roi;
create table marts.fct_credit_periods as
select
    date '2026-05-01' as first_day, true as is_settled, campaign_id, influencer_id,
    attribution_model, lookback_days
from marts.rpt_influencer_roi;
create table marts.fct_credited_days as
select
    campaign_id, influencer_id, date '2026-05-01' as ordered_on, date '2026-05-01' as happened_on
from marts.rpt_influencer_roi;
create table marts.fct_credit_sums as
select campaign_id, influencer_id, attribution_model, lookback_days from marts.rpt_influencer_roi;

create table quality.quarantine as
select null::varchar as table_name, null::varchar as reason where false;
create table raw.fetches as select 'f1' as fetch_id;
create table raw.fetch_streams as
select * from (values
    ('youtube', 'videos', timestamptz '2026-06-01 03:00:00Z', 'accepted'),
    ('ecb', 'rates', timestamptz '2026-05-31 16:00:00Z', 'accepted'),
    ('plan', 'costs', timestamptz '2026-03-01 03:00:00Z', 'accepted')
) as t(source, stream, last_observed_at, status);
"""
PREVIOUS = {"marts.dim_posts": 40, "marts.dim_campaigns": 1, "marts.rpt_engagement": 90}


def green_marts() -> duckdb.DuckDBPyConnection:
    """A warehouse in memory whose marts pass every check."""
    con = duckdb.connect()
    con.execute(MARTS)
    return con


def empty_marts() -> duckdb.DuckDBPyConnection:
    """The same tables without a row, as after a first run that found nothing."""
    con = green_marts()
    tables = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where table_name <> 'int_settings'"
    ).fetchall()
    for (table,) in tables:
        con.execute(f"truncate {table}")
    return con


def raw_row(stream: str = "videos", **changes: Any) -> dict[str, Any]:
    """A row of the frame that load hands to the raw gate, with nothing wrong."""
    instant = datetime(2026, 6, 1, 3, tzinfo=UTC)
    return {
        "fetch_id": "f1",
        "source": "youtube",
        "stream": stream,
        "pages": 10,
        "row_count": 500,
        "bad_rows": 0,
        "bad_share": 0.0,
        "duplicate_keys": 0,
        "trailing_fetches": 28,
        "trailing_rows_median": 510.0,
        "trailing_pages_median": 10.0,
        "rows_share_of_median": 0.98,
        "observed_to": instant,
        "seconds_ahead": 0.0,
        **changes,
    }


def raw_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows or [raw_row()])
