"""The orders of `bad_orders.py`, built together: visible, explained and counted once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from bad_orders import CASES, COUNTED, IDS
from marts_world import plan
from marts_world_orders import order, orders_page

from expectations.marts_suite import measure_marts

if TYPE_CHECKING:
    from marts_house import House

MODELS = "fct_order_credits fct_order_evidence fct_revenue_events ambiguities"
RATES = (
    "<gesmes:Envelope><Cube><Cube time='2026-10-02'><Cube currency='USD' rate='1.1200'/>"
    "<Cube currency='JPY' rate='160.00'/></Cube></Cube></gesmes:Envelope>"
)
EARLIER, LATER = "2026-10-02T12:00:00", "2026-11-10T06:00:00"


def _orders(*, is_earlier: bool) -> list[dict[str, Any]]:
    return [
        order(
            number,
            one.at,
            one.before if is_earlier and one.before else one.subtotal,
            **(one.order | ({"updated": one.at} if is_earlier else {})),
        )
        for number, one in enumerate(CASES.values(), 1)
        if one.before or not is_earlier
    ]


@pytest.fixture(scope="module")
def bad(new_house: Callable[[], House]) -> House:
    house = new_house()
    tables = plan()
    deals = {"d-ana": (None, "2026-10-10"), "d-ben": ("2026-10-11", None)}
    tables["codes"] += [
        {"code": "Autumn", "collaboration_id": deal, "valid_from": first, "valid_to": last}
        for deal, (first, last) in deals.items()
    ]
    always = {"valid_from": None, "valid_to": None}
    tables["codes"].append({"code": "BEN10", "collaboration_id": "d-ben"} | always)
    house.land_plan("2026-10-01T02:00:00", tables)
    house.land("ecb", "2026-10-02T16:30:00", [("rates", RATES, {})])
    house.land("shopify", EARLIER, [orders_page(_orders(is_earlier=True))])
    house.land("shopify", LATER, [orders_page(_orders(is_earlier=False))])
    house.load()
    selected = [f"+{model}" for model in MODELS.split()]
    options = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
    results = house.dbt("build", *options, "--select", *selected)
    assert [one for one in results if one[1] not in {"success", "pass"}] == []
    assert "assert_credits_and_rest_equal_net_revenue" in {name for name, *_ in results}
    return house


@pytest.mark.parametrize("name", CASES)
def test_a_bad_order_is_visible_and_explained(bad: House, name: str) -> None:
    wanted, key = CASES[name], IDS[name]
    claims = bad.rows(
        f"select evidence, reason from marts.fct_order_evidence where order_id = '{key}'"  # noqa: S608
    )
    assert sorted(claims) == sorted(wanted.claims)
    conflicts = bad.rows(f"select conflict from quality.ambiguities where order_id = '{key}'")  # noqa: S608
    assert {conflict for (conflict,) in conflicts} == wanted.conflicts
    credited = bad.rows(
        "select collaboration_id, net_revenue from marts.fct_order_credits where"  # noqa: S608
        f" attribution_model = 'last_touch' and lookback_days = 30 and order_id = '{key}'"
    )
    assert credited == ([(wanted.deal, Decimal(wanted.net))] if wanted.net else [])


def test_each_bad_order_is_credited_once_in_every_model_and_window(bad: House) -> None:
    found = bad.rows(
        "select order_id, attribution_model, lookback_days, sum(net_revenue), sum(credit_share)"
        " from marts.fct_order_credits group by all"
    )
    assert len(found) == len(COUNTED) * 6 * 5
    due = {IDS[name]: Decimal(one.net or "nan") for name, one in COUNTED.items()}
    assert [row for row in found if (row[3], row[4]) != (due[row[0]], 1)] == []
    with duckdb.connect(str(bad.warehouse), read_only=True) as con:
        frames = measure_marts(lambda sql: con.execute(sql).df())
    for frame in ("credits", "missing_credits", "credit_shares"):
        assert frames[frame].sum().sum() == 0, frame


def test_a_cent_that_does_not_divide_and_clicks_of_a_bot_have_their_share(bad: House) -> None:
    found = bad.rows(
        "select order_id, collaboration_id, net_revenue, credit_share from marts.fct_order_credits"  # noqa: S608
        " where attribution_model = 'linear' and lookback_days = 30"
        f" and order_id in ('{IDS['half a cent']}', '{IDS['clicks of a bot']}') order by all"
    )
    half = Decimal("0.5")
    assert [row[1:] for row in found] == [
        ("d-ana", Decimal("0.01"), half),
        ("d-ben", Decimal("0.00"), half),
        # thirty clicks in one instant are one
        ("d-ana", Decimal("50.00"), half),
        ("d-ben", Decimal("50.00"), half),
    ]


def test_what_happened_to_a_bad_order_is_told_event_by_event(bad: House) -> None:
    found = bad.rows(
        "select order_id, event, happened_on::varchar, net_revenue, is_after_settlement"
        " from marts.fct_revenue_events where event != 'sale' order by order_id, net_revenue"
    )
    names = {key: name for name, key in IDS.items()}
    assert [(names[key], *told) for key, *told in found] == [
        ("a refund beyond the order", "refund", "2026-10-05", Decimal("-70.00"), False),
        ("a refund beyond the order", "refund", "2026-10-05", Decimal("-50.00"), False),
        ("a partial refund", "refund", "2026-10-05", Decimal("-30.01"), False),
        ("an edit after the order was settled", "edit", "2026-11-09", Decimal("15.00"), True),
        ("a cancelled order", "cancellation", "2026-10-06", Decimal("-100.00"), False),
    ]
    unread = bad.rows(
        "select order_id, quarantine_reason from intermediate.int_orders"
        " where quarantine_reason is not null"
    )
    assert unread == [(IDS["a currency without a rate"], "no_rate")]


def test_clicks_that_nobody_bought_after_are_evidence_of_nothing(bad: House) -> None:
    """A bot may raise what Bitly, GA4 and the platforms count; no claim is made of their counts."""
    nodes = bad.manifest()["nodes"]

    def behind(name: str) -> set[str]:
        reads = nodes[name]["depends_on"].get("nodes", []) if name in nodes else []
        return {name}.union(*(behind(read) for read in reads))

    evidence = behind("model.microlift.fct_order_evidence")
    evidence |= behind("model.microlift.fct_order_credits")
    sources = {name.split(".")[2] for name in evidence if name.startswith("source.")}
    assert sources - {"raw"} == {"plan", "shopify", "shopify_webhooks", "impact", "ecb"}
