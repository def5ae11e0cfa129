"""Why a figure changed: two versions written by hand, one cause after the other."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from warehouse.errors import CannotCompare
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
}
MARTS = """
create schema {side}.marts;
create table {side}.marts.dim_campaigns as
    select 'camp' as campaign_id, 0.5::decimal(9, 6) as contribution_margin;
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
        timestamp '2026-03-01 10:00' as touched_at, 'deal' as collaboration_id;
create table {side}.marts.fct_roi_daily as
    select
        'camp' as campaign_id, 'ana' as influencer_id, date '2026-03-01' as date_day,
        50.00::decimal(18, 2) as net_revenue, 10.00::decimal(18, 2) as cost,
        45.00::decimal(18, 2) as expected_net_revenue;
create table {side}.marts.fct_revenue_daily as
    select
        date '2026-03-01' as date_day, 50.00::decimal(18, 2) as net_revenue_order_cohort,
        0.00::decimal(18, 2) as refunds_order_cohort;
create table {side}.marts.rpt_campaign_roi as
    select
        'camp' as campaign_id, 'last_touch' as attribution_model, 30 as lookback_days,
        true as is_default, 50.00::decimal(18, 2) as net_revenue, 10.00::decimal(18, 2) as cost,
        0.5::decimal(9, 6) as contribution_margin;
"""
NEW_ORDER = """
insert into after.marts.fct_order_credits
    select * replace ('o2' as order_id, date '{day}' as ordered_on)
    from after.marts.fct_order_credits;
update after.marts.fct_roi_daily set net_revenue = 100;
update after.marts.rpt_campaign_roi set net_revenue = 100;
"""

Changes = set[tuple[str, str, str | None, str | None, str]]


def changed(edit: str, *, is_finished_only: bool = False, is_redefined: bool = False) -> Changes:
    """What `create_changes` finds when `edit` is done to the later of two equal versions."""
    with duckdb.connect() as con:
        for side in ("before", "after"):
            con.execute(f"attach ':memory:' as {side}")
            con.execute(MARTS.format(side=side))
        con.execute(edit)
        sides = Sides("before", "after", date(2026, 3, 2), is_redefined)
        create_changes(con, sides, KEYS, is_finished_only=is_finished_only)
        rows = con.execute('select "table", "column", before, after, cause from changes').fetchall()
    assert {cause for *_, cause in rows} <= CAUSES.keys()
    return {(table, column, before, after, cause) for table, column, before, after, cause in rows}


def test_equal_versions_have_no_changes() -> None:
    assert changed("select 1") == set()


def test_a_refund_explains_credit_revenue_commission_and_reports() -> None:
    edit = """
        update after.marts.fct_order_credits set net_revenue = 20;
        update after.marts.fct_costs_daily set cost = 2 where cost_type = 'commission';
        update after.marts.fct_roi_daily set net_revenue = 20, cost = 7;
        update after.marts.fct_revenue_daily
            set net_revenue_order_cohort = 20, refunds_order_cohort = 30;
        update after.marts.rpt_campaign_roi set net_revenue = 20;
    """
    assert changed(edit) == {
        ("fct_revenue_daily", "net_revenue_order_cohort", "50.00", "20.00", "refund"),
        ("fct_revenue_daily", "refunds_order_cohort", "0.00", "30.00", "refund"),
        ("fct_order_credits", "net_revenue", "50.00", "20.00", "refund"),
        ("fct_costs_daily", "cost", "5.00", "2.00", "refund"),
        ("fct_roi_daily", "net_revenue", "50.00", "20.00", "refund"),
        ("fct_roi_daily", "cost", "10.00", "7.00", "refund"),
        ("rpt_campaign_roi", "net_revenue", "50.00", "20.00", "refund"),
    }


def test_an_order_that_no_longer_counts_is_a_refund_and_only_its_numbers_are_told() -> None:
    found = changed("delete from after.marts.fct_order_credits")
    assert found == {
        ("fct_order_credits", "credit_share", "1.0000000000", None, "refund"),
        ("fct_order_credits", "gross_revenue", "60.00", None, "refund"),
        ("fct_order_credits", "net_revenue", "50.00", None, "refund"),
    }


@pytest.mark.parametrize(
    ("day", "cause"), [("2026-03-01", "late_data"), ("2026-03-02", "new_data")]
)
def test_an_order_of_a_finished_day_is_late_and_one_of_an_open_day_is_new(
    day: str, cause: str
) -> None:
    found = changed(NEW_ORDER.format(day=day))
    assert ("fct_order_credits", "net_revenue", None, "50.00", cause) in found
    assert ("rpt_campaign_roi", "net_revenue", "50.00", "100.00", cause) in found


def test_of_what_is_published_as_restated_only_finished_days_and_dated_facts_are_part() -> None:
    late = changed(NEW_ORDER.format(day="2026-03-01"), is_finished_only=True)
    assert {table for table, *_ in late} == {"fct_order_credits", "fct_roi_daily"}
    settled = "update after.marts.fct_order_credits set is_settled = true"
    assert changed(settled, is_finished_only=True) == set()
    new_day = """
        insert into after.marts.fct_roi_daily
            select * replace (date '2026-03-02' as date_day) from after.marts.fct_roi_daily
    """
    assert changed(new_day, is_finished_only=True) == set()
    other_model = """
        update after.marts.rpt_campaign_roi set is_default = false;
        update after.marts.fct_order_credits set net_revenue = 20;
    """
    assert changed(other_model, is_finished_only=True) == set()


def test_a_forecast_that_moves_with_time_restates_nothing() -> None:
    edit = "update after.marts.fct_roi_daily set expected_net_revenue = 46"
    assert {cause for *_, cause in changed(edit)} == {"new_data"}
    assert changed(edit, is_finished_only=True) == set()


def test_versions_that_cannot_be_compared_say_so() -> None:
    with pytest.raises(CannotCompare, match="does not hold dim_posts"):
        changed("drop table before.marts.dim_posts")


def test_a_cost_line_edited_is_told_from_a_commission_that_follows_orders() -> None:
    edit = """
        update after.marts.fct_costs_daily set cost = 9 where cost_type = 'fee';
        update after.marts.fct_roi_daily set cost = 14;
    """
    assert changed(edit) == {
        ("fct_costs_daily", "cost", "5.00", "9.00", "cost_edit"),
        ("fct_roi_daily", "cost", "10.00", "14.00", "cost_edit"),
    }


def test_a_claim_that_arrives_later_is_late_data_and_a_deal_that_changes_hands_is_identity() -> (
    None
):
    moved = "update after.marts.fct_order_credits set credit_share = 0.5"
    late = "update after.marts.fct_order_evidence set claim = 'link_7'"
    assert changed(f"{moved}; {late}") == {
        ("fct_order_credits", "credit_share", "1.0000000000", "0.5000000000", "late_data")
    }
    handed = "update after.marts.fct_order_evidence set collaboration_id = 'other'"
    assert {cause for *_, cause in changed(f"{moved}; {handed}")} == {"identity"}
    assert {cause for *_, cause in changed(moved)} == {"definition"}


def test_a_vendors_second_word_on_a_finished_day_is_a_restatement_and_its_first_is_late() -> None:
    growth = "update after.marts.fct_audience_growth_daily set followers_net = 6"
    assert {cause for *_, cause in changed(growth)} == {"source_restatement"}
    assert {cause for *_, cause in changed(growth, is_redefined=True)} == {"definition"}
    first = "update before.marts.fct_audience_growth_daily set followers_net = null"
    assert {cause for *_, cause in changed(first)} == {"late_data"}


def test_a_post_given_to_another_deal_explains_the_engagement_of_both() -> None:
    edit = """
        update after.marts.dim_posts set collaboration_id = null;
        update after.marts.fct_engagement_daily set views = 0, posts = 0;
    """
    assert {cause for *_, cause in changed(edit)} == {"identity"}


@pytest.mark.parametrize(
    "setting",
    ["dim_collaborations set commission_rate = 0.2", "dim_campaigns set contribution_margin = 0.4"],
)
def test_what_follows_from_terms_that_were_edited_is_a_definition(setting: str) -> None:
    figures = """
        update after.marts.fct_costs_daily set cost = 9 where cost_type = 'commission';
        update after.marts.fct_roi_daily set cost = 14;
    """
    assert {cause for *_, cause in changed(figures)} == {"source_restatement"}
    assert changed(f"update after.marts.{setting}; {figures}") == {
        ("fct_costs_daily", "cost", "5.00", "9.00", "definition"),
        ("fct_roi_daily", "cost", "10.00", "14.00", "definition"),
    }


def test_a_margin_edited_in_the_plan_is_a_definition() -> None:
    edit = "update after.marts.rpt_campaign_roi set contribution_margin = 0.4"
    assert {cause for *_, cause in changed(edit)} == {"definition"}
