"""The sandbox's shop in yen, read twice: its truth to the cent, edits and refunds on their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ingest.http import Client
from ingest.job import FetchJob
from ingest.landing import Landing
from ingest.plan_source import land_plan
from ingest.registry import SOURCES
from microlift.plan.plan import read_plan
from sandbox.credentials import CREDENTIALS
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World

if TYPE_CHECKING:
    from marts_house import House

START, DAYS = date(2026, 3, 1), 110
WORLD = World(seed=7, influencers=4, days=DAYS, start=START, shop_currency="JPY")
NIGHTS = [datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(days=days) for days in (60, DAYS)]
AT = int(NIGHTS[-1].timestamp())
MODELS = "fct_revenue_daily fct_revenue_events rpt_refund_development rpt_cost_reconciliation"
MODELS += " fct_order_credits"
SETTLED_AFTER = 33  # days: the return window and the shop's latency


def read(landing: Landing, url: str, source: str, now: datetime) -> None:
    made, credentials = SOURCES[source], CREDENTIALS.get(source, {})
    client = Client(
        url,
        auth=made.headers(credentials) if credentials else {},
        clock=now,
        classify=made.classify,
        pace=made.pace,
    )
    options = {"shop": credentials.get("shop", ""), "bulk_days": "999"} if credentials else {}
    job = FetchJob(START - timedelta(days=10), now.date(), now, options=options)
    with landing.begin(made, job, "", is_simulated=True) as writer:
        made.fetch(client, job, writer)
        writer.commit()


@pytest.fixture(scope="module")
def yen(new_house: Callable[[], House]) -> House:
    house = new_house()
    landing = Landing(house.home / "landing")
    tables = read_plan(write_plan(WORLD, house.home / "plan")).tables
    land_plan(landing, tables, NIGHTS[0], is_simulated=True)
    with serve(WORLD) as sandbox:
        for now in NIGHTS:
            read(landing, sandbox.url, "shopify", now)
        read(landing, sandbox.url, "ecb", NIGHTS[-1])
    house.load()
    selected = [f"+{model}" for model in MODELS.split()]
    options = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
    results = house.dbt("build", *options, "--select", *selected)
    assert [result for result in results if result[1] not in {"success", "pass"}] == []
    return house


def test_every_order_in_yen_is_its_truth_to_the_cent(yen: House) -> None:
    """The truth knows UTC days alone; a rate of the day before may stand for the hours between."""
    found = yen.rows(
        "select order_id, net_revenue, currency_code, gift_card_amount > 0, goods_amount"
        " from intermediate.int_orders where is_countable and quarantine_reason is null"
        " and ordered_on = ordered_at::date"
    )
    truth = WORLD.truth(AT).net_revenue_eur
    assert len(found) > 1500
    assert {row[2] for row in found} == {"EUR"}
    wrong = [
        row for row in found if abs(row[1] - truth[row[0].rpartition("/")[2]]) > Decimal("0.0051")
    ]
    assert wrong == []
    assert any(row[3] for row in found)
    assert all(row[4] == int(row[4]) for row in found)


def test_every_order_in_yen_is_shared_out_to_the_cent(yen: House) -> None:
    """Conserved where orders are edited, given back in part, hold gift cards and have no cents."""
    found = yen.rows(
        "with credited as ("
        "  select order_id, attribution_model, lookback_days, sum(net_revenue) as net_revenue,"
        "    sum(gross_revenue) as gross_revenue, sum(credit_share) as credit_share,"
        "    count(collaboration_id) as parts"
        "  from marts.fct_order_credits group by all"
        "), orders as ("
        "  from intermediate.int_orders where is_countable and quarantine_reason is null"
        ") select count(*), count(distinct order_id),"
        " count(*) filter (credited.net_revenue is distinct from orders.net_revenue"
        "   or credited.gross_revenue is distinct from orders.gross_revenue or credit_share != 1),"
        " count(*) filter (parts > 0), count(*) filter (parts > 0 and refunds > 0),"
        " count(*) filter (gift_card_amount > 0),"
        " count(*) filter (order_id in ("
        "   select order_id from marts.fct_revenue_events where event = 'edit'))"
        " from orders left join credited using (order_id)"
    )
    rows, orders, wrong, *kinds = found[0]
    assert rows == orders * 6 * 5
    assert wrong == 0
    assert min(kinds) > 0, kinds


def test_edits_between_two_nights_are_events_and_late_ones_say_so(yen: House) -> None:
    seen = int(NIGHTS[0].timestamp())
    expected = {
        str(order.number): edit.at > order.created + SETTLED_AFTER * 86_400
        for order in WORLD.orders.orders
        for edit in order.edits
        if order.created <= seen < edit.at <= AT
    }
    found = yen.rows(
        "select order_id, is_after_settlement, net_revenue from marts.fct_revenue_events"
        " where event = 'edit'"
    )
    assert {(order_id, late) for order_id, late, _ in found} == set(expected.items())
    assert set(expected.values()) == {True, False} or any(expected.values())
    assert all(revenue > 0 for *_, revenue in found)


def test_refunds_stand_on_the_orders_day_and_on_their_own_and_add_up(yen: House) -> None:
    (sums,) = yen.rows(
        "select sum(refunds_order_cohort), sum(refunds_event_date), sum(net_revenue_order_cohort),"
        " sum(net_revenue_event_date), count(*) filter (refunds_order_cohort != refunds_event_date)"
        " from marts.fct_revenue_daily"
    )
    (orders,) = yen.rows(
        "select sum(refunds), sum(net_revenue) from intermediate.int_orders"
        " where is_countable and quarantine_reason is null"
    )
    assert sums[0] == sums[1] >= orders[0] > 0  # those of cancelled orders come on top
    assert sums[2] == sums[3] == orders[1]
    assert sums[4] > 60


def test_a_forecast_of_refunds_comes_near_and_says_how_near(yen: House) -> None:
    found = yen.rows(
        "select days_seen, refund_share_to_come, forecasts, forecast_bias, forecast_error"
        " from marts.rpt_refund_development order by days_seen"
    )
    shares = [row[1] for row in found]
    assert [row[0] for row in found] == list(range(32))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > Decimal("0.03") > shares[-1] == 0
    assert abs(found[0][3]) < Decimal("0.05")
    assert found[0][4] > found[10][4] > found[25][4] > 0
    assert found[10][2] > 20


def test_what_is_paid_and_open_is_what_was_incurred(yen: House) -> None:
    found = yen.rows(
        "select sum(incurred), sum(paid), sum(still_open), sum(overpaid), sum(provisional)"
        " from marts.rpt_cost_reconciliation"
    )
    (incurred, paid, still_open, overpaid, provisional) = found[0]
    assert incurred - paid == still_open - overpaid
    assert min(paid, still_open, provisional) > 0
