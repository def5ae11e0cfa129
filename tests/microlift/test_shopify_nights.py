"""Two nights of the shop: a journey that comes late arrives, and a token that ended is renewed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, fetch_source
from microlift.plan.plan import read_plan
from microlift.settings import Settings, source_settings
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.vendors.shopify_apps import CLIENT_ID, CLIENT_SECRET
from sandbox.world import World

if TYPE_CHECKING:
    from pathlib import Path

WORLD = World(seed=11, influencers=3, days=12, start=date(2026, 3, 1))


def test_a_late_journey_arrives_and_an_ended_token_is_renewed(tmp_path: Path) -> None:
    first = datetime(2026, 3, 10, 3, tzinfo=UTC)
    write_plan(WORLD, tmp_path / "plan")
    plan = read_plan(tmp_path / "plan")
    landing = Landing(tmp_path / LANDING)
    with serve(WORLD) as sandbox:
        values = {
            "url": sandbox.url,
            "shop": "lumen",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        for night in range(2):
            settings = Settings(
                home=tmp_path,
                plan_dir=tmp_path / "plan",
                clock=first + timedelta(days=night),
                sources={"shopify": source_settings("shopify", values)},
            )
            result = fetch_source(settings, plan, SOURCES["shopify"], landing)
            assert result.status == "fetched", result.message
        tokens = list(sandbox.shop.apps.issued)
    before, after = landing.fetches("shopify")
    waiting = {
        f"gid://shopify/Order/{order.number}"
        for order in WORLD.orders.orders
        if order.has_journey and order.created <= first.timestamp() < order.ready_at
        and not order.is_test and order.cancelled_at > first.timestamp()
    }  # fmt: skip
    assert {*before.pending} == waiting
    assert waiting
    assert not waiting & {*after.pending}
    assert len(tokens) == 2
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "tokens" not in path.parts]
    for secret in (*tokens, CLIENT_SECRET):
        assert [path for path in files if secret.encode() in path.read_bytes()] == []
