"""Two published versions written by hand, equal until the later one is edited."""

from __future__ import annotations

from datetime import date

import duckdb

from warehouse.restatement_causes import CAUSES, Sides
from warehouse.restatements import create_changes

KEYS = {
    "dim_posts": ("platform", "post_id"),
    "fct_audience_growth_daily": ("platform", "account_id", "date_day"),
    "fct_costs_daily": ("collaboration_id", "date_day", "cost_type", "recognition"),
    "fct_engagement_daily": ("campaign_id", "influencer_id", "platform", "date_day"),
    "fct_order_credits": ("order_id", "attribution_model", "lookback_days", "collaboration_id"),
    "fct_revenue_daily": ("date_day",),
    "fct_roi_daily": ("campaign_id", "influencer_id", "date_day"),
    "rpt_campaign_roi": ("campaign_id", "attribution_model", "lookback_days"),
    "rpt_influencer_overall": ("influencer_id", "attribution_model", "lookback_days"),
    "rpt_relationships": ("influencer_id",),
}
MARTS = """
create schema {side}.marts;
create table {side}.marts.dim_campaigns as
    select 'camp' as campaign_id, 'Sun Season' as name, 0.5::decimal(9, 6) as contribution_margin;
create table {side}.marts.dim_influencers as
    select 'ana' as influencer_id, 'Ana Holm' as name union all select 'ben', 'Ben Ito';
create table {side}.marts.dim_collaborations as
    select
        'deal' as collaboration_id, 'camp' as campaign_id, 'ana' as influencer_id,
        0.1 as commission_rate;
create table {side}.marts.dim_posts as
    select 'tiktok' as platform, 'p1' as post_id, 'deal' as collaboration_id;
create table {side}.marts.fct_audience_growth_daily as
    select
        'tiktok' as platform, 'a1' as account_id, date '2026-03-01' as date_day,
        7 as followers_net;
create table {side}.marts.fct_engagement_daily as
    select
        'camp' as campaign_id, 'ana' as influencer_id, 'tiktok' as platform,
        date '2026-03-01' as date_day, 10 as views, 1 as posts;
create table {side}.marts.fct_costs_daily as
    select
        'deal' as collaboration_id, 'camp' as campaign_id, 'ana' as influencer_id,
        date '2026-03-01' as date_day, unnest(['fee', 'commission']) as cost_type,
        'spread' as recognition, 5.00::decimal(18, 2) as cost;
create table {side}.marts.fct_order_credits as
    select
        'o1' as order_id, date '2026-03-01' as ordered_on, 'last_touch' as attribution_model,
        30 as lookback_days, 'deal' as collaboration_id, 'camp' as campaign_id,
        'ana' as influencer_id, 1.0::decimal(12, 10) as credit_share,
        60.00::decimal(18, 2) as gross_revenue, 50.00::decimal(18, 2) as net_revenue,
        false as is_settled;
create table {side}.marts.fct_order_evidence as
    select
        'o1' as order_id, 'code' as evidence, 'ANA10' as claim,
        timestamp '2026-03-01 10:00' as touched_at, 'deal' as collaboration_id,
        true as is_eligible, 'won' as reason;
create table {side}.marts.fct_revenue_events as
    select
        'o1' as order_id, 'sale' as event, '' as event_id, date '2026-03-01' as happened_on,
        date '2026-03-01' as ordered_on, 50.00::decimal(18, 2) as net_revenue;
create table {side}.marts.fct_roi_daily as
    select
        'camp' as campaign_id, 'ana' as influencer_id, date '2026-03-01' as date_day,
        50.00::decimal(18, 2) as net_revenue, 10.00::decimal(18, 2) as cost,
        45.00::decimal(18, 2) as expected_net_revenue;
create table {side}.marts.fct_revenue_daily as
    select
        date '2026-03-01' as date_day, 50.00::decimal(18, 2) as net_revenue_order_cohort,
        0.00::decimal(18, 2) as refunds_order_cohort,
        50.00::decimal(18, 2) as net_revenue_event_date;
create table {side}.marts.rpt_campaign_roi as
    select
        'camp' as campaign_id, 'last_touch' as attribution_model, 30 as lookback_days,
        true as is_default, 50.00::decimal(18, 2) as net_revenue, 10.00::decimal(18, 2) as cost,
        0.5::decimal(9, 6) as contribution_margin, 'EUR' as currency_code;
create table {side}.marts.rpt_influencer_overall as
    select
        'ana' as influencer_id, * exclude (campaign_id) from {side}.marts.rpt_campaign_roi;
create table {side}.marts.rpt_relationships as
    select
        'ana' as influencer_id, 3 as days_since_contact, 1 as contacts,
        10.00::decimal(18, 2) as cost_to_date;
"""
Changes = set[tuple[str, str, str | None, str | None, str]]


def changed(edit: str, *, is_finished_only: bool = False, is_redefined: bool = False) -> Changes:
    """What `create_changes` finds when `edit` is done to the later of two equal versions."""
    with duckdb.connect() as con:
        for side in ("before", "after"):
            con.execute(f"attach ':memory:' as {side}")
            con.execute(MARTS.format(side=side))
        con.execute(edit)
        sides = Sides("before", "after", date(2026, 3, 2), date(2026, 3, 3), is_redefined)
        create_changes(con, sides, KEYS, is_finished_only=is_finished_only)
        rows = con.execute(
            "select table_name, column_name, before, after, cause from changes"
        ).fetchall()
    assert {cause for *_, cause in rows} <= CAUSES.keys()
    return {(table, column, before, after, cause) for table, column, before, after, cause in rows}
