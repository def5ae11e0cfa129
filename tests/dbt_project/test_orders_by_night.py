"""Nights of a shop, each of which touches orders of earlier ones in another way.

What a night appends and makes again ends in the tables of a full rebuild, in every row and column.
"""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from marts_house import instant
from marts_world import channel, plan, video, youtube_pages
from marts_world_affiliates import action
from marts_world_orders import order, orders_page, visit

from ingest.landing import Landing
from ingest.sources.shopify_webhooks import land_delivery
from microlift import dbt_run, steps
from warehouse.builds import Scope
from warehouse.db import FILE_NAME
from warehouse.fingerprint import differing, fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from marts_house import House

ANA, BEN = "2026-10-02T08:00:00Z", "2026-10-03T08:00:00Z"
GID = "gid://shopify/Order/"
CREDITED = (
    "select collaboration_id, credit_share from marts.fct_order_credits where order_id = 'o{}'"
)


LEAKED = "select count(*) from intermediate.int_order_leaks where is_leaked"
NET_REVENUES = """
select split_part(order_id, '/', -1), net_revenue from intermediate.int_orders
where order_name in ('#1', '#2', '#10')
order by all
"""


class Nights:
    """A house whose builds are those of a night."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._landing = Landing(house.home / "landing")

    def orders(self, at: str, *found: dict[str, Any]) -> None:
        self.house.land("shopify", at, [orders_page(list(found))])

    def actions(self, at: str, *found: dict[str, Any]) -> None:
        self.house.land("impact", at, [("actions", {"Actions": list(found)}, {})])

    def videos(self, at: str, *found: dict[str, Any]) -> None:
        ids = [one["id"] for one in found]
        self.house.land("youtube", at, youtube_pages([channel("UCana", "25000")], list(found), ids))

    def rates(self, at: str, currency: str = "USD", **days: str) -> None:
        cubes = "".join(
            f"<Cube time='{day[1:].replace('_', '-')}'>"
            f"<Cube currency='{currency}' rate='{rate}'/></Cube>"
            for day, rate in days.items()
        )
        page = f"<gesmes:Envelope><Cube>{cubes}</Cube></gesmes:Envelope>"
        self.house.land("ecb", at, [("rates", page, {})])

    def delivered(self, at: str, topic: str, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        land_delivery(self._landing, topic, raw, {"shop": "lumen"}, instant(at), is_simulated=True)

    def build(self) -> str:
        """What the build covered and why."""
        self.house.load()
        home = self.house.home
        return steps.build_home(home, home / "dbt", "night").scope

    def differences(self, scratch: Path) -> list[str]:
        """Tables that are not what a full rebuild of the same raw makes of them."""
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        home = self.house.home
        shutil.copyfile(home / FILE_NAME, scratch / FILE_NAME)
        dbt_run.run_dbt(scratch, home / "dbt", Scope(True, "to compare"))
        return differing(fingerprints(home / FILE_NAME), fingerprints(scratch / FILE_NAME))


def _journeys() -> list[dict[str, Any]]:
    """So many journeys with both deals that data_driven is no fallback, none of them alike."""
    found = []
    for number in range(36):
        first = instant("2026-10-04T10:00:00") + timedelta(hours=number)
        hours = (40 + number, 7 + number * 3 % 11)
        links = ("l-ana", "l-ben") if number % 3 else ("l-ben", "l-ana")
        visits = [
            visit((first - timedelta(hours=back)).strftime("%Y-%m-%dT%H:%M:%SZ"), link)
            for back, link in zip(hours, links, strict=True)
        ]
        at = first.strftime("%Y-%m-%dT%H:%M:%SZ")
        found.append(order(100 + number, at, f"{40 + number}.37", visits=visits))
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_orders_touched_by_a_night_are_those_that_a_full_rebuild_makes_otherwise(
    new_house: Callable[[], House], tmp_path: Path
) -> None:
    nights = Nights(new_house())
    house = nights.house
    planned = plan()
    # beside the cost that has no rate
    planned["costs"].append(planned["costs"][0] | {"cost_id": "k9", "collaboration_id": "d-cleo"})
    house.land_plan("2026-10-01T02:00:00", planned)
    # Before the shop is read its sales are unknown, and costs of days to come have not arisen.
    nights.rates("2026-10-03T16:30:00", _2026_10_02="1.1200")
    assert nights.build() == "full, there is no earlier build"
    assert house.rows("select distinct orders from marts.fct_roi_daily") == [(None,)]
    nights.rates("2026-10-05T16:30:00", _2026_10_02="1.1200", _2026_10_05="1.1000")
    at = "2026-10-05T10:00:00Z"
    both = [visit(ANA, "l-ana"), visit(BEN, "l-ben")]
    placed = {
        1: order(1, at, "80.00", visits=both),  # refunded later
        2: order(2, at, "60.00", codes=["ANA10"]),  # edited later, its code with it
        3: order(3, at, "50.00", visits=[visit(ANA, "l-ana")]),  # the network tells of it late
        4: order(4, at, "40.00", customer={"id": "c1", "numberOfOrders": "1"}),  # not the first
        5: order(5, "2026-10-13T10:00:00Z", "30.00", currency="USD", codes=["SHARED"]),  # no rate
        6: order(6, at, "70.00", customer={"id": "c6", "numberOfOrders": "1"}),  # somebody else's
        7: order(7, at, "20.00", customer={"id": "c6", "numberOfOrders": "1"}),
        8: order(8, at, "90.00", visits=both),  # cancelled later
        9: order(9, at, "35.00", codes=["ANA10"], visits=[visit(ANA, "l-ben")]),  # undone
        10: order(10, at, "45.00", visits=both) | {"id": f"{GID}10"},  # a delivered refund
        11: order(11, "2026-09-20T10:00:00Z", "15.00"),  # settles while nobody touches it
    }
    nights.orders("2026-10-14T06:00:00", *placed.values(), *_journeys())
    nights.actions("2026-10-14T06:00:00", action(9, "9", "2026-10-05T01:00:00Z", shared="d-ana"))
    assert nights.build() == "3 new fetches"
    assert nights.differences(tmp_path / "full") == []
    assert house.rows(
        "select bool_and(not is_fallback) from marts.fct_order_credits"
        " where attribution_model = 'data_driven'"
    ) == [(True,)]

    # What was said of old orders, told late.
    later = {"updated": "2026-10-15T09:00:00Z"}
    nights.orders(
        "2026-10-16T06:00:00",
        order(1, at, "80.00", visits=both, refunds=["30.00"], **later),
        order(2, at, "75.00", codes=["SHARED"], **later),
        order(6, at, "70.00", customer={"id": "c1", "numberOfOrders": "2"}, **later),
        order(8, at, "90.00", visits=both, cancelled="2026-10-15T09:00:00Z", **later),
        order(12, "2026-10-02T10:00:00Z", "10.00", customer={"id": "c1", "numberOfOrders": "1"}),
        order(13, "2026-10-15T10:00:00Z", "99.00", visits=both),
    )
    nights.actions(
        "2026-10-16T06:00:00",
        action(3, "#3", "2026-10-04T01:00:00Z", shared="d-ben"),
        action(9, "9", "2026-10-05T01:00:00Z", shared="d-ana", state="REVERSED"),
    )
    nights.rates("2026-10-16T16:30:00", _2026_10_12="1.1500")
    refund = {
        "id": 900, "admin_graphql_api_id": "gid://shopify/Refund/900", "order_id": 10,
        "created_at": "2026-10-15T12:00:00Z",
        "refund_line_items": [
            {"quantity": 1, "subtotal": 12.5, "line_item": {"gift_card": False},
             "subtotal_set": {"shop_money": {"amount": "12.50", "currency_code": "EUR"}}}
        ],
    }  # fmt: skip
    nights.delivered("2026-10-16T05:00:00", "refunds/create", refund)
    before = {number: house.rows(CREDITED.format(number)) for number in (1, 3)}
    assert nights.build() == "4 new fetches"
    assert house.rows("select order_id, is_new_customer from intermediate.int_orders"
                      " where customer_id is not null order by order_id") == [
        ("o12", True), ("o4", False), ("o6", False), ("o7", True)
    ]  # fmt: skip
    assert house.rows(NET_REVENUES) == [("10", 32.5), ("o1", 50), ("o2", 75)]
    assert house.rows(
        "select quarantine_reason from intermediate.int_orders where order_id = 'o5'"
    ) == [(None,)]
    assert all(house.rows(CREDITED.format(number)) != rows for number, rows in before.items())
    assert nights.differences(tmp_path / "full") == []

    # A code leaks in a burst, days after the last post; then a post shows that was not seen before.
    burst = [
        order(20 + n, f"2026-10-06T2{n % 3}:1{n}:00Z", "33.00", codes=["ana10"]) for n in range(6)
    ]
    nights.orders("2026-10-29T06:00:00", *burst)
    told = video("v_told", "2026-09-20T09:00:00Z", "10", "1", None)
    nights.videos("2026-10-29T05:00:00", told)
    assert nights.build() == "2 new fetches"
    assert house.rows(LEAKED) == [(6,)]
    assert nights.differences(tmp_path / "full") == []
    found = {"description": "Take 10 % off with ANA10! #Ad", "paid": True}
    nights.videos(
        "2026-10-30T05:00:00", told, video("v", "2026-10-06T09:00:00Z", "9", "1", None, **found)
    )
    assert nights.build() == "1 new fetch"
    assert house.rows(LEAKED) == [(0,)]
    assert nights.differences(tmp_path / "full") == []

    # Nothing but time passes: return windows end, and with them what is still foretold.
    settled = "select count(*) from intermediate.int_orders where is_settled"
    few = house.rows(settled)
    nights.rates("2026-11-20T16:30:00", _2026_11_20="1.1400")
    assert nights.build() == "1 new fetch"
    assert house.rows(settled) > few
    assert nights.differences(tmp_path / "full") == []

    # A cost that could not be converted comes to be known.
    known = "select count(cost), count(*) from marts.fct_roi_daily where influencer_id = 'cleo'"
    [(few_known, days)] = house.rows(known)
    nights.rates("2026-11-21T16:30:00", "BRL", _2026_10_02="6.0000")
    assert nights.build() == "1 new fetch"
    [(all_known, more_days)] = house.rows(known)
    assert few_known == 0 < days <= all_known == more_days
    assert nights.differences(tmp_path / "full") == []
