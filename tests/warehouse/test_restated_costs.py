"""Why a cost changed, and a sum of several: two versions written by hand."""

# ruff: noqa: S608 - statements are put together from constants of this file

from __future__ import annotations

import pytest
from two_versions import changed

# The fee is edited by {fee}; money goes back, so that the commission is 3 less than it was.
EDIT = """
alter table before.marts.rpt_campaign_roi add column cost_fee decimal(18, 2) default 5;
alter table before.marts.rpt_campaign_roi add column cost_commission decimal(18, 2) default 5;
alter table before.marts.rpt_campaign_roi add column contribution decimal(18, 2) default 15;
alter table before.marts.fct_roi_daily add column contribution decimal(18, 2) default 15;
drop table after.marts.rpt_campaign_roi;
create table after.marts.rpt_campaign_roi as
    select * replace (20 as net_revenue, 7 + {fee} as cost, 5 + {fee} as cost_fee,
        2 as cost_commission, 3 - {fee} as contribution)
    from before.marts.rpt_campaign_roi;
drop table after.marts.fct_roi_daily;
create table after.marts.fct_roi_daily as
    select * replace (20 as net_revenue, 7 + {fee} as cost, 3 - {fee} as contribution)
    from before.marts.fct_roi_daily;
insert into after.marts.fct_revenue_events values
    ('o1', 'refund', 'r1', date '2026-03-01', date '2026-03-01', -30);
update after.marts.fct_order_credits set net_revenue = 20;
update after.marts.fct_costs_daily set cost = 2 where cost_type = 'commission';
update after.marts.fct_costs_daily set cost = cost + {fee} where cost_type = 'fee';
"""


@pytest.mark.parametrize(
    ("fee", "of_cost", "of_contribution"),
    [
        (
            1,
            "refund",
            "refund",
        ),  # 1 of the fee, 3 of the commission, 30 of sales of which half stays
        (9, "cost_edit", "refund"),
        (20, "cost_edit", "cost_edit"),
    ],
)
def test_a_sum_has_the_cause_that_moved_most_of_it_and_each_part_its_own(
    fee: int, of_cost: str, of_contribution: str
) -> None:
    found = {(table, column): cause for table, column, _, _, cause in changed(EDIT.format(fee=fee))}
    for table in ("rpt_campaign_roi", "fct_roi_daily"):
        assert found[table, "cost"] == of_cost
        assert found[table, "contribution"] == of_contribution
        assert found[table, "net_revenue"] == "refund"
    assert found["rpt_campaign_roi", "cost_fee"] == "cost_edit"
    assert found["rpt_campaign_roi", "cost_commission"] == "refund"


def test_a_day_that_came_weighs_with_all_of_its_cost_though_that_was_edited_too() -> None:
    """The third of March came, with 5; that line is now 5.10, as is the one of the first."""
    edit = """
        insert into before.marts.fct_costs_daily
            select * replace (date '2026-03-03' as date_day) from before.marts.fct_costs_daily
            where cost_type = 'fee';
        delete from after.marts.fct_costs_daily;
        insert into after.marts.fct_costs_daily
            select * replace (if(cost_type = 'fee', 5.10, cost) as cost)
            from before.marts.fct_costs_daily;
        update after.marts.rpt_campaign_roi set cost = 15.20;
    """
    found = {(table, cause) for table, *_, cause in changed(edit)}
    assert found == {("rpt_campaign_roi", "new_data"), ("fct_costs_daily", "cost_edit")}


LINES = """
create schema {side}.evidence;
create table {side}.evidence.cost_lines as
    select
        cost_id, 'deal' as collaboration_id, cost_type, date '2026-03-01' as incurred_on,
        paid_on, date '2026-03-01' as first_day, date '2026-03-02' as last_day, cost_amount,
        'USD' as cost_currency_code, cost, 'EUR' as currency_code
    from (values {lines}) as t (cost_id, cost_type, paid_on, cost_amount, cost);
insert into {side}.marts.fct_costs_daily
    select * replace ({cash} as cost, 'cash' as recognition)
    from {side}.marts.fct_costs_daily where cost_type = 'fee';
"""
FEE = "('l1', 'fee', date '2026-03-01', {amount}, {cost})"
BONUS = "('l2', 'bonus', null, 30, 27)"


def rated(before: str, after: str, cost: str = "5.20") -> dict[tuple[str, str], str]:
    """The causes when the fee of the first comes to another cost and the lines are these."""
    edit = f"""
        {LINES.format(side="before", lines=before, cash="10.00")}
        {LINES.format(side="after", lines=after, cash="10.40")}
        update after.marts.fct_costs_daily set cost = {cost}
            where cost_type = 'fee' and recognition = 'spread';
        update after.marts.fct_roi_daily set cost = 5 + {cost};
        update after.marts.rpt_campaign_roi set cost = 5 + {cost};
    """
    return {(table, was or ""): cause for table, _, was, _, cause in changed(edit)}


def test_a_line_paid_at_another_rate_is_told_from_one_that_was_edited() -> None:
    before = FEE.format(amount=12, cost=10)
    edited = {
        ("fct_costs_daily", "5.00"): "cost_edit",
        ("fct_costs_daily", "10.00"): "cost_edit",
        ("fct_roi_daily", "10.00"): "cost_edit",
        ("rpt_campaign_roi", "10.00"): "cost_edit",
    }
    of_rate = dict.fromkeys(edited, "exchange_rate")
    assert rated(before, FEE.format(amount=12, cost=10.4)) == of_rate
    assert rated(before, f"{FEE.format(amount=12, cost=10.4)}, {BONUS}") == of_rate
    assert rated(before, FEE.format(amount=12.5, cost=10.4)) == edited
    gone = "('l3', 'fee', date '2026-03-01', 12, 10.4)"
    assert rated(before, gone) == edited
    # a second line was edited by more than the first is dearer
    second = "('l3', 'fee', date '2026-03-01', {0}, {0})"
    before, after = f"{before}, {second.format(3)}", FEE.format(amount=12, cost=10.4)
    assert rated(before, f"{after}, {second.format(3.1)}") == of_rate
    assert rated(before, f"{after}, {second.format(4)}") == edited


def test_without_the_lines_of_an_older_version_a_cost_that_moved_is_an_edit() -> None:
    edit = """
        update after.marts.fct_costs_daily set cost = 9 where cost_type = 'fee';
        create schema after.evidence;
        create table after.evidence.cost_lines (cost_id varchar);
    """
    assert {cause for *_, cause in changed(edit)} == {"cost_edit"}
