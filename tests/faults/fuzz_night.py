"""A night in which every stream of the registry has something to say.

An ordinary night has no bulk operation, no delivery and no creator who gave no authorisation, and
its three days are too short for YouTube to know a video's days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from storm_house import NOW, SINCE, WORLD

from ingest.landing import Landing
from ingest.registry import SOURCES
from ingest.sources.shopify_webhooks import land_delivery
from microlift.fetching import LANDING, fetch_source, land_plan
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.vendors.shopify_webhooks import order_body, refund_body

# Longer than a bulk operation's threshold, and than the days that YouTube does not have yet.
LONG = timedelta(days=10)
DELIVERIES = 40


def land_full_night(home: Path) -> None:
    """Fetch every source of the sandbox into the home's landing zone, the shop in both its ways,
    and deliver some orders and refunds."""
    write_plan(WORLD, home / "plan")
    _shut_out_a_creator(home / "plan" / "accounts.csv")
    plan = read_plan(home / "plan")
    landing = Landing(home / LANDING)
    with serve(WORLD) as sandbox:
        told = sandbox_settings(home, home / "plan", sandbox.url)
        settings = replace(told, clock=NOW, customer_secret=Secret("k" * 32))
        land_plan(settings, plan)
        asked = [(name, SINCE) for name in SOURCES]
        asked += [(name, NOW.date() - LONG) for name in ("shopify", "youtube_analytics")]
        for name, since in asked:
            result = fetch_source(settings, plan, SOURCES[name], landing, since=since, again=True)
            assert result.status == "fetched", result.message
    _deliver(landing)


def _shut_out_a_creator(accounts: Path) -> None:
    """Public numbers are asked only of creators who have not let us in."""
    lines = accounts.read_text(encoding="utf-8").splitlines(keepends=True)
    row = next(
        n for n, line in enumerate(lines) if line.startswith("inf_") and ",instagram," in line
    )
    lines[row] = lines[row].replace("true", "false")
    accounts.write_text("".join(lines), encoding="utf-8")


def _deliver(landing: Landing) -> None:
    at = int(NOW.timestamp())
    placed = [order for order in WORLD.orders.orders if order.created <= at]
    refunded = [order for order in placed if order.refunds and order.refunds[0].at <= at]
    deliveries = [
        *(
            ("orders/updated", order_body(order, at, WORLD.orders, WORLD.shop))
            for order in [*refunded[:10], *placed][:DELIVERIES]
        ),
        *(
            ("refunds/create", refund_body(order, 0, WORLD.orders, WORLD.shop))
            for order in refunded[:DELIVERIES]
        ),
    ]
    for topic, body in deliveries:
        land_delivery(landing, topic, body, {"shop": WORLD.shop.handle}, NOW, is_simulated=True)
