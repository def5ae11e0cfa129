"""Orders, evidence, credits, costs and ROI, worked out by hand from `marts_world.py`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marts_house import House


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_every_claim_says_what_became_of_it(world: House) -> None:
    found = world.rows(
        "select order_id, evidence, claim, collaboration_id, is_eligible, reason"
        " from marts.fct_order_evidence order by all"
    )
    assert found == [
        ("o1", "code", "ANA10", "d-ana", True, "won"),
        ("o1", "code", "FREESHIP", None, False, "unknown_code"),
        ("o1", "link", "l-ben", "d-ben", True, "lost_to_later_touch"),
        ("o10", "code", "ANA10", "d-ana", True, "won"),
        ("o10", "link", "l-ben", "d-ben", True, "lost_to_stronger_evidence"),
        ("o12", "link", "l-ana", "d-ana", True, "won"),
        ("o2", "affiliate", "1000.4636.2", "d-ben", True, "lost_to_stronger_evidence"),
        ("o2", "link", "l-ben", "d-ben", True, "won"),
        ("o3", "affiliate", "1000.4636.1", "d-ana", True, "won"),
        ("o3", "code", "ANA10", "d-ana", False, "code_not_valid"),
        ("o3", "link", "l-ben", "d-ben", False, "before_collaboration"),
        ("o5", "code", "ANA10", "d-ana", False, "order_test"),
        ("o8", "code", "SHARED", None, False, "ambiguous_code"),
        ("o9", "affiliate", "1000.4636.3", "d-ana", False, "affiliate_reversed"),
        ("o9", "utm", "instagram/creator/autumn", "d-ben", True, "won"),
    ]


def test_every_conflict_is_listed_with_who_won_and_why(world: House) -> None:
    found = world.rows(
        "select order_id, conflict, credited_collaboration_id, decided_by from quality.ambiguities"
        " order by all"
    )
    assert found == [
        ("o1", "code_against_touch", "d-ana", "later_touch"),
        ("o10", "code_against_touch", "d-ana", "stronger_evidence"),
        ("o8", "shared_sign", None, "nobody_eligible"),
    ]


def test_credits_conserve_each_orders_revenue_with_the_rest_as_a_row(world: House) -> None:
    found = world.rows(
        "select order_id, ordered_on, collaboration_id, influencer_id, credit_share, net_revenue,"
        " gross_revenue, is_new_customer, is_fully_refunded, is_settled"
        " from marts.fct_order_credits"
        " where attribution_model = 'last_touch' and lookback_days = 30 order by order_id"
    )
    whole = Decimal(1)
    day = {number: date(2026, 10, number) for number in range(1, 10)}
    assert found == [
        # 100.00 USD at Friday's 1.12 = 89.2857; gross 110.00 USD
        ("o1", day[3], "d-ana", "ana", whole, *money("89.29", "98.21"), False, False, True),
        ("o10", day[7], "d-ana", "ana", whole, *money("20.00", "20.00"), None, False, True),
        ("o12", day[9], "d-ana", "ana", whole, *money("0.00", "35.00"), None, True, False),
        # (119.00 - 23.80) x 104.20 / 124.00: tax is inside the prices
        ("o2", day[6], "d-ben", "ben", whole, *money("80.00", "100.00"), True, False, True),
        ("o3", day[8], "d-ana", "ana", whole, *money("50.00", "50.00"), None, False, True),
        ("o8", day[6], None, None, whole, *money("30.00", "30.00"), None, False, True),
        ("o9", day[6], "d-ben", "ben", whole, *money("40.00", "40.00"), None, False, True),
    ]


def test_six_models_and_five_windows_stand_side_by_side(world: House) -> None:
    found = world.rows(
        "select attribution_model, lookback_days, collaboration_id, credit_share, net_revenue,"
        " is_fallback from marts.fct_order_credits where order_id = 'o1' order by all"
    )
    # a click of d-ben's 26 hours before the order, a code of d-ana's at it
    half, whole, none = Decimal("0.5"), Decimal(1), ()
    shared = {
        "last_touch": none, "first_touch": none,
        "linear": (half, half), "position_based": (half, half), "data_driven": (half, half),
        "time_decay": (Decimal("0.5267925069"), Decimal("0.4732074931")),
    }  # fmt: skip
    assert len(found) == 6 + 4 * (2 + 2 * 4)
    for model, parts in shared.items():
        of_a_day = [row[2:5] for row in found if row[:2] == (model, 1)]
        assert of_a_day == [("d-ana", whole, Decimal("89.29"))]
        of_a_month = {row[2]: row[3:5] for row in found if row[:2] == (model, 30)}
        owner = "d-ben" if model == "first_touch" else "d-ana"
        if not parts:
            assert of_a_month == {owner: (whole, Decimal("89.29"))}
        else:
            assert [share for share, _ in of_a_month.values()] == list(parts)
            assert sum(amount for _, amount in of_a_month.values()) == Decimal("89.29")
    # three journeys are too few to learn from
    assert {row[5] for row in found if row[0] == "data_driven"} == {True}


def test_what_cannot_be_converted_is_quarantined_with_its_reason(world: House) -> None:
    found = world.rows(
        "select run_id, table_name, key, reason from quality.quarantine"
        " where table_name like 'int_%' order by key"
    )
    assert found == [
        ("run-1", "int_cost_lines", "k3", "no_rate"),
        ("run-1", "int_orders", "o4", "no_rate"),  # no rate at all
        ("run-1", "int_orders", "o7", "no_rate"),  # the last one is 15 days old
    ]


def test_an_order_that_could_not_be_read_is_missing_from_its_deals_revenue_and_says_so(
    world: House,
) -> None:
    found = world.rows(
        "select collaboration_id, orders_unread, is_revenue_complete, orders_with_code,"
        " discount_given from intermediate.int_deal_coverage order by all"
    )
    nothing = Decimal("0.00")
    assert found == [
        # o4 has no rate and names ANA10; lines that nobody told do not say what a code gave
        ("d-ana", 1, False, 2, None),
        ("d-ben", 0, True, 0, nothing),
        ("d-cleo", 0, True, 0, nothing),
        ("d-dora", 0, True, 0, nothing),
    ]
    assert world.rows("select sum(orders_unread) from marts.fct_revenue_daily") == [(2,)]


def test_costs_are_recognised_in_three_ways_that_agree_to_the_cent(world: House) -> None:
    found = world.rows(
        "select collaboration_id, cost_type, recognition, sum(cost), count(*), min(date_day),"
        " max(date_day) from marts.fct_costs_daily group by all order by all"
    )
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    paid = date(2026, 10, 5)
    own_orders = (date(2026, 10, 3), date(2026, 10, 9))
    commission, fee, product = money("15.93", "1000.00", "100.00")
    assert found == [
        # 10 % of 89.29, of 20.00, of 50.00 and of an order that was given back
        ("d-ana", "commission", "accrual", commission, 4, *own_orders),
        ("d-ana", "commission", "spread", commission, 4, *own_orders),
        ("d-ana", "fee", "accrual", fee, 1, date(2026, 9, 28), date(2026, 9, 28)),
        ("d-ana", "fee", "cash", fee, 1, paid, paid),
        ("d-ana", "fee", "spread", fee, 31, first, last),
        # 110.00 USD at the payment day's 1.10
        ("d-ben", "product", "accrual", product, 1, date(2026, 10, 2), date(2026, 10, 2)),
        ("d-ben", "product", "cash", product, 1, paid, paid),
        ("d-ben", "product", "spread", product, 3, first, date(2026, 10, 3)),
    ]


def test_roi_has_a_row_for_every_deal_and_no_ratio_without_a_cost(world: House) -> None:
    found = world.rows(
        "select influencer_id, orders, new_customers, net_revenue, cost, roas, roi_revenue,"
        " roi_margin, cpa_order, ncac, is_settled from marts.influencer_roi order by influencer_id"
    )
    nothing = (None,) * 5
    assert found == [
        ("ana", *money("4", "0", "159.29", "1015.93", "0.156792", "-0.843208", "-0.909060"),
         Decimal("338.64"), None, False),
        ("ben", *money("2", "1", "120.00", "100.00", "1.200000", "0.200000", "-0.304000"),
         *money("50.00", "100.00"), False),
        ("cleo", *money("0", "0", "0.00"), None, *nothing, False),  # its cost has no rate
        ("dora", *money("0", "0", "0.00", "0.00"), *nothing, False),
    ]  # fmt: skip


def test_a_campaign_is_the_sum_of_its_orders_and_costs(world: House) -> None:
    found = world.rows(
        "select campaign_id, orders, gross_revenue, net_revenue, cost, roas from marts.campaign_roi"
    )
    # cleo's cost is not known, so the campaign's is not either
    assert found == [("autumn", *money("6", "343.21", "279.29"), None, None)]


def test_roi_by_day_adds_up_to_the_report(world: House) -> None:
    found = world.rows(
        "select influencer_id, sum(orders), sum(net_revenue), sum(cost), count(*)"
        " from marts.fct_roi_daily group by all order by all"
    )
    assert found == [
        ("ana", *money("4", "159.29", "1015.93"), 31),
        ("ben", *money("2", "120.00", "100.00"), 4),
    ]
    one_day = world.rows(
        "select orders, net_revenue, cost, contribution from marts.fct_roi_daily"
        " where influencer_id = 'ana' and date_day = '2026-10-03'"
    )
    # 89.29 x 0.58 - (32.26 + 8.93)
    assert one_day == [money("1", "89.29", "41.19", "10.60")]
