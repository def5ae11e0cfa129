"""Why a figure changed: two versions written by hand, one cause after the other."""

# ruff: noqa: S608 - statements are put together from constants of this file

from __future__ import annotations

import pytest
from two_versions import changed

from warehouse.errors import CannotCompare

NEW_ORDER = """
insert into after.marts.fct_order_credits
    select * replace ('o2' as order_id, date '{day}' as ordered_on)
    from after.marts.fct_order_credits;
insert into after.marts.fct_revenue_events
    select * replace ('o2' as order_id, date '{day}' as ordered_on, date '{day}' as happened_on)
    from after.marts.fct_revenue_events;
update after.marts.fct_roi_daily set net_revenue = 100;
update after.marts.rpt_campaign_roi set net_revenue = 100;
"""

REFUND = """
insert into after.marts.fct_revenue_events values
    ('o1', 'refund', 'r1', date '2026-03-01', date '2026-03-01', -30);
update after.marts.fct_order_credits set net_revenue = 20 where order_id = 'o1';
"""
# A second touch on the order, under the model whose weights every new journey moves.
SHARED = """
create temp table shared as
    select * replace ('data_driven' as attribution_model) from before.marts.fct_order_credits
    union all
    select credits.* replace (
        'o2' as order_id, model as attribution_model, deal as collaboration_id,
        share as credit_share, 900 * share as net_revenue, 900 * share as gross_revenue
    )
    from
        before.marts.fct_order_credits as credits,
        (values
            ('data_driven', 'deal', 0.6), ('data_driven', 'other', 0.4), ('last_touch', 'deal', 1)
        ) as t (model, deal, share);
insert into before.marts.fct_order_credits from shared;
insert into after.marts.fct_order_credits from shared;
create temp table sold as
    select * replace ('o2' as order_id, 900 as net_revenue) from before.marts.fct_revenue_events;
insert into before.marts.fct_revenue_events from sold;
insert into after.marts.fct_revenue_events from sold;
"""
LEARNT = """
update after.marts.fct_order_credits
    set credit_share = 1 - credit_share, net_revenue = 900 - net_revenue
    where order_id = 'o2' and attribution_model = 'data_driven';
"""


def test_equal_versions_have_no_changes() -> None:
    assert changed("select 1") == set()


def test_a_refund_explains_credit_revenue_commission_and_reports() -> None:
    edit = f"""
        {REFUND}
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
    cancelled = """
        delete from after.marts.fct_order_credits;
        insert into after.marts.fct_revenue_events values
            ('o1', 'cancellation', '', date '2026-03-02', date '2026-03-01', -50);
    """
    assert changed(cancelled) == {
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


def test_a_refund_is_named_though_weights_of_data_driven_moved_far_more() -> None:
    found = changed(
        f"""
        {SHARED} {LEARNT} {REFUND}
        update after.marts.fct_roi_daily set net_revenue = 920;
        update after.marts.fct_revenue_daily
            set net_revenue_order_cohort = 920, refunds_order_cohort = 30;
        update after.marts.rpt_campaign_roi set net_revenue = 920;
        """
    )
    causes = {(table, column, cause) for table, column, _, _, cause in found}
    assert causes == {
        ("fct_order_credits", "net_revenue", "refund"),
        ("fct_order_credits", "net_revenue", "late_data"),
        ("fct_order_credits", "credit_share", "late_data"),
        ("fct_revenue_daily", "net_revenue_order_cohort", "refund"),
        ("fct_revenue_daily", "refunds_order_cohort", "refund"),
        ("fct_roi_daily", "net_revenue", "refund"),
        ("rpt_campaign_roi", "net_revenue", "refund"),
    }
    of_default = changed(f"{SHARED} {LEARNT} {REFUND}", is_finished_only=True)
    assert {(table, cause) for table, *_, cause in of_default} == {("fct_order_credits", "refund")}


def test_weights_that_later_journeys_taught_are_late_data_and_of_other_models_a_definition() -> (
    None
):
    assert {cause for *_, cause in changed(f"{SHARED} {LEARNT}")} == {"late_data"}
    assert {cause for *_, cause in changed(f"{SHARED} {LEARNT}", is_redefined=True)} == {
        "definition"
    }


def test_a_share_that_moved_and_money_that_was_given_back_are_told_apart() -> None:
    """The order lost 1 of 900; 180 went from one deal to the other."""
    edit = f"""
        {SHARED} {LEARNT}
        insert into after.marts.fct_revenue_events values
            ('o2', 'refund', 'r2', date '2026-03-01', date '2026-03-01', -1);
        update after.marts.fct_order_credits set net_revenue = net_revenue - credit_share
            where order_id = 'o2';
    """
    found = {(column, cause, was) for _, column, was, _, cause in changed(edit)}
    assert found == {
        ("credit_share", "late_data", "0.6000000000"),
        ("credit_share", "late_data", "0.4000000000"),
        ("net_revenue", "late_data", "540.00"),
        ("net_revenue", "late_data", "360.00"),
        ("net_revenue", "refund", "900.00"),
    }


def test_orders_are_counted_by_what_moved_orders_and_money_by_what_moved_money() -> None:
    """A small order came late; of the one that was there most was given back."""
    edit = f"""
        {REFUND}
        insert into after.marts.fct_order_credits
            select * replace ('o2' as order_id, 5 as net_revenue)
            from before.marts.fct_order_credits;
        insert into after.marts.fct_revenue_events
            select * replace ('o2' as order_id, 5 as net_revenue)
            from before.marts.fct_revenue_events;
        alter table before.marts.fct_roi_daily add column orders integer default 1;
        alter table after.marts.fct_roi_daily add column orders integer default 2;
        update after.marts.fct_roi_daily set net_revenue = 25;
    """
    found = {(c, cause) for t, c, _, _, cause in changed(edit) if t == "fct_roi_daily"}
    assert found == {("orders", "late_data"), ("net_revenue", "refund")}


def test_a_refund_told_late_explains_the_day_on_which_it_happened() -> None:
    edit = """
        insert into after.marts.fct_revenue_events values
            ('o0', 'refund', 'r0', date '2026-03-01', date '2026-02-01', -8);
        insert into before.marts.fct_revenue_events values
            ('o0', 'sale', '', date '2026-02-01', date '2026-02-01', 90);
        insert into after.marts.fct_revenue_events values
            ('o0', 'sale', '', date '2026-02-01', date '2026-02-01', 90);
        update after.marts.fct_revenue_daily set net_revenue_event_date = 42;
    """
    found = {c: cause for t, c, _, _, cause in changed(edit) if t == "fct_revenue_daily"}
    assert found == {"net_revenue_event_date": "refund"}


def test_a_commission_follows_a_claim_that_earns_no_credit() -> None:
    """The order is credited to another deal, but this deal's code stands on it."""
    edit = f"""
        update before.marts.fct_order_credits
            set collaboration_id = 'other', influencer_id = 'ben', campaign_id = 'camp2';
        update after.marts.fct_order_credits
            set collaboration_id = 'other', influencer_id = 'ben', campaign_id = 'camp2';
        {REFUND}
        update after.marts.fct_costs_daily set cost = 2 where cost_type = 'commission';
    """
    assert ("fct_costs_daily", "cost", "5.00", "2.00", "refund") in changed(edit)


def test_an_edit_an_order_that_vanished_and_one_taken_back_are_the_sources_second_word() -> None:
    edited = """
        insert into after.marts.fct_revenue_events values
            ('o1', 'edit', '2', date '2026-03-01', date '2026-03-01', 30);
        update after.marts.fct_order_credits set net_revenue = 80, gross_revenue = 90;
    """
    vanished = (
        "delete from after.marts.fct_order_credits; delete from after.marts.fct_revenue_events"
    )
    reversed_action = """
        update after.marts.fct_order_evidence
            set is_eligible = false, reason = 'affiliate_reversed';
        update after.marts.fct_order_credits set collaboration_id = null, campaign_id = null;
    """
    for change in (edited, vanished, reversed_action):
        money = {cause for _, c, _, _, cause in changed(change) if c == "net_revenue"}
        assert money == {"source_restatement"}, change


def test_another_period_of_a_code_is_identity_and_another_default_view_a_definition() -> None:
    period = """
        update after.marts.fct_order_evidence set is_eligible = false, reason = 'code_not_valid';
        update after.marts.fct_order_credits set collaboration_id = null, campaign_id = null;
        update after.marts.fct_roi_daily set net_revenue = 0;
    """
    assert {cause for _, c, _, _, cause in changed(period) if c == "net_revenue"} == {"identity"}
    view = """
        insert into before.marts.rpt_campaign_roi
            select * replace ('linear' as attribution_model, false as is_default)
            from before.marts.rpt_campaign_roi;
        insert into after.marts.rpt_campaign_roi from before.marts.rpt_campaign_roi
            where not is_default;
        update after.marts.rpt_campaign_roi set is_default = not is_default;
        update after.marts.fct_roi_daily set net_revenue = 0;
    """
    assert {cause for *_, cause in changed(view, is_finished_only=True)} == {"definition"}
    currency = """
        update after.marts.rpt_campaign_roi set currency_code = 'USD';
        update after.marts.fct_costs_daily set cost = 6;
        update after.marts.fct_order_credits set net_revenue = 55, gross_revenue = 66;
    """
    assert {cause for *_, cause in changed(currency)} == {"definition"}


def test_cost_to_date_grows_with_time_unless_more_of_it_was_edited() -> None:
    grown = """
        insert into before.marts.fct_costs_daily
            select * replace (date '2026-03-03' as date_day) from before.marts.fct_costs_daily
            where cost_type = 'fee';
        insert into after.marts.fct_costs_daily from before.marts.fct_costs_daily
            where date_day = date '2026-03-03';
        update after.marts.rpt_campaign_roi set cost = {cost};
        update after.marts.fct_costs_daily set cost = {fee}
            where cost_type = 'fee' and date_day = date '2026-03-01';
    """
    for fee, cost, cause in (
        ("5", "15", "new_data"),
        ("6", "16", "new_data"),
        ("20", "30", "cost_edit"),
    ):
        found = changed(grown.format(fee=fee, cost=cost))
        assert {c for t, *_, c in found if t == "rpt_campaign_roi"} == {cause}, (fee, found)


def test_a_payout_of_a_commission_is_a_line_of_the_plan() -> None:
    edit = """
        insert into before.marts.fct_costs_daily
            select * replace ('cash' as recognition) from before.marts.fct_costs_daily
            where cost_type = 'commission';
        insert into after.marts.fct_costs_daily
            select * replace ('cash' as recognition, 7 as cost) from before.marts.fct_costs_daily
            where cost_type = 'commission' and recognition = 'cash';
    """
    assert {cause for *_, cause in changed(edit)} == {"cost_edit"}


def test_a_margin_edited_in_the_plan_is_a_definition() -> None:
    edit = "update after.marts.rpt_campaign_roi set contribution_margin = 0.4"
    assert {cause for *_, cause in changed(edit)} == {"definition"}


def test_a_margin_over_several_campaigns_moves_with_their_sales_unless_terms_were_edited() -> None:
    edit = f"""
        {REFUND}
        update after.marts.rpt_influencer_overall
            set net_revenue = 20, contribution_margin = 0.45;
    """
    terms = "update after.marts.dim_campaigns set contribution_margin = 0.4"
    for also, cause in (("select 1", "refund"), (terms, "definition")):
        found = {c: why for t, c, *_, why in changed(f"{edit}; {also}") if "overall" in t}
        assert found == {"net_revenue": "refund", "contribution_margin": cause}


def test_what_is_told_of_a_relationship_beside_its_cost_has_no_cause_of_money() -> None:
    edit = f"""
        {REFUND}
        update after.marts.fct_costs_daily set cost = 9 where cost_type = 'fee';
        update after.marts.rpt_relationships
            set cost_to_date = 14, days_since_contact = 4, contacts = 2;
    """
    found = {c: cause for t, c, _, _, cause in changed(edit) if t == "rpt_relationships"}
    assert found == {
        "cost_to_date": "cost_edit",
        "days_since_contact": "new_data",
        "contacts": "new_data",
    }
