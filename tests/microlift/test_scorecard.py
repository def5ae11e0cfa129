"""What a reader of the scorecard must find in it, with no glossary beside it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from microlift.errors import UsageError
from microlift.figures import signed, signed_percent
from microlift.published import current_file
from microlift.returns_tables import CAMPAIGN_RETURNS
from microlift.scorecard import Scorecard, render
from microlift.source_states import SourceState
from warehouse.sql import dicts

ROOT = Path(__file__).resolve().parents[2]
DASH = "\N{EN DASH}"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def earned(name: str, **figures: Any) -> dict[str, Any]:
    """A row of the scorecard, of an influencer or a campaign, but for `figures`."""
    return {
        "name": name, "posts": 2, "er_followers": Decimal("0.0123"), "orders": 40,
        "net_revenue": Decimal(2000), "cost": Decimal(1000), "roi_margin": Decimal("0.2"),
        "roi_margin_lo": Decimal("-0.1"), "roi_margin_hi": Decimal("0.5"), "rank_shrunk": 1,
        "not_rankable_because": None, "versus_peers": "not_separable",
        "leak_share": Decimal(0), "contribution": Decimal(200),
    } | figures  # fmt: skip


def shown(
    rows: list[dict[str, Any]], limit: int | None = None, width: int = 80, **of_card: Any
) -> str:
    card = Scorecard(rows, "EUR", "r", NOW, False, Path("f"), **of_card)
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render(card, limit))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    return text


def line_of(text: str, name: str) -> list[str]:
    """The words of the first line that begins with the name."""
    (line, *_) = [
        line for line in text.splitlines() if line.lstrip(f" 0123456789{DASH}").startswith(name)
    ]
    return line.split()


def test_each_campaign_stands_above_the_influencers_with_what_it_returned_and_how_surely() -> None:
    spring = earned("Spring", roi_margin=Decimal("-0.15"), roi_margin_lo=Decimal("-0.23"))
    text = shown([earned("Ava")], campaigns=[spring, earned("Autumn", net_revenue=None)])
    assert "2 campaigns, 1 influencer, as of 2026-03-01" in text
    assert line_of(text, "Spring") == [
        "Spring",
        "40",
        "2",
        "000",
        "1",
        "000",
        "-15%",
        "-23%",
        "+50%",
    ]
    assert line_of(text, "Autumn")[:3] == ["Autumn", "40", DASH]
    assert text.index("Spring") < text.index("Ava")


def test_of_many_campaigns_the_newest_are_shown() -> None:
    campaigns = [earned(f"Wave {number}") for number in range(5)]
    text = shown([], 2, campaigns=campaigns)
    assert "Wave 3" in text
    assert "Wave 2" not in text
    assert "... and 3 before them" in text
    assert "Wave 0" in shown([], campaigns=campaigns)


def test_a_campaign_without_any_order_or_cost_is_told_of_all_the_same() -> None:
    with duckdb.connect() as con:
        con.execute(
            """
            create schema marts;
            create table marts.dim_campaigns as
            select * from (values
                ('c2', 'Later', date '2026-03-01'), ('c1', 'First', date '2026-02-01')
            ) as t (campaign_id, name, starts_on);
            alter table marts.dim_campaigns add column ends_on date;
            create table marts.campaign_roi as
            select
                'c1' as campaign_id, 12.4 as orders, 100.0 as net_revenue, 50.0 as cost,
                0.1 as roi_margin, -0.2 as roi_margin_lo, 0.4 as roi_margin_hi;
            """
        )
        first, later = dicts(con, CAMPAIGN_RETURNS)
    assert (first["name"], first["orders"]) == ("First", 12)
    assert (later["name"], later["orders"], later["roi_margin"]) == ("Later", None, None)


def test_a_return_that_rests_on_a_leaked_code_is_marked_and_the_mark_explained_once() -> None:
    leaky = earned("Sven", leak_share=Decimal("0.235132"))
    hardly = earned("Rhea", leak_share=Decimal("0.004"))
    text = shown([earned("Ava"), leaky, hardly, earned("Bo", leak_share=None)])
    marked = [line.split()[1] for line in text.splitlines() if "%*" in line]
    assert marked == ["Sven", "Rhea"]
    said = " ".join(text.split())
    told = "* Part of the net revenue came with a code that seems leaked, as to a coupon page:"
    assert said.count(f"{told} Sven 24%, Rhea <1%.") == 1
    assert "*" not in shown([earned("Ava")])
    # of those alone who are shown
    assert "*" not in shown([earned("Ava"), leaky], 1)


def test_how_often_an_interval_holds_the_truth_is_said_as_it_was_measured() -> None:
    truth = (ROOT / "docs" / "truth.md").read_text(encoding="utf-8")
    section = truth.partition("### Coverage where evidence is as shops see it")[2]
    (held,) = re.findall(r"^\| last_touch \| 30 d \| [\d,]+ \| ([\d.]+)%", section, re.MULTILINE)
    said = " ".join(shown([]).split())
    assert f"{float(held) / 10:.0f} in 10 hold the truth (docs/truth.md)." in said


def test_all_means_all_who_are_not_ranked_as_well() -> None:
    rows = [
        earned(f"Ava{n}", rank_shrunk=None, not_rankable_because="too_few_orders") for n in range(9)
    ]
    below = shown(rows, 2).partition("Not ranked yet: 9 of 9")[2]
    assert "Ava3  40 orders" in below
    assert "Ava4" not in below
    assert "Ava8  40 orders" in shown(rows)


def test_who_is_better_or_worse_by_more_than_luck_is_marked_and_the_average_is_told() -> None:
    better, worse = earned("Ava", versus_peers="better"), earned("Bo", versus_peers="worse")
    loss = earned("Cy", contribution=Decimal(-415), leak_share=Decimal("0.3"))
    idle = earned("Dee", rank_shrunk=None, versus_peers=None, contribution=None, cost=None)
    free = earned("Eve", versus_peers=None, cost=Decimal(0))
    text = shown([better | {"leak_share": Decimal("0.1")}, worse, loss, idle, free])
    assert len({line.index("+20%") for line in text.splitlines() if "+20%" in line}) == 1
    marked = [line_of(text, name)[-3] for name in ("Ava", "Bo", "Cy", "Dee")]
    assert marked == ["+20%▲*", "+20%▼", "+20%*", "+20%"]
    # of those with a cost, over all: (200 + 200 - 415) / 3000
    assert "▲ better, ▼ worse than the average of -0.5% by more than luck: 1 and 1" in text
    assert text.count("▲") == text.count("▼") == 2


def test_what_rounds_to_nothing_is_no_gain() -> None:
    for nothing in ("-0.0021", "0.0021", "0"):
        assert signed_percent(Decimal(nothing)) == "0%"
        assert signed(Decimal(nothing)) == "0"
    assert signed_percent(Decimal("0.1")) == "+10%"
    assert signed(Decimal(10)) == "+10"


def test_names_are_never_cut_and_stand_in_one_line_where_there_is_room() -> None:
    names = ["Alexandra Meyer", "Alexandra Mueller", "Ava Lindqvist"]
    campaign = earned("Cruelty-free Spring and Summer Glow")
    lift = {
        "campaign_id": "c", "name": campaign["name"], "platform": "instagram", "reason": "late",
        "verdict": "too_short", "joint_lift": None, "lift": None, "history_days": None,
    }  # fmt: skip
    card = {"campaigns": [campaign], "lifts": [lift], "candidates": ["@" + "longhandle" * 3] * 3}
    rows = [
        *map(earned, names),
        earned("Maximiliane von Hohenfels", rank_shrunk=None, not_rankable_because="no_cost"),
    ]
    for width in (80, 100):
        text = shown(rows, width=width, **card)
        assert "\N{HORIZONTAL ELLIPSIS}" not in text
        assert "@" + "longhandle" * 3 in text
        for words in (*names, campaign["name"], "Maximiliane von Hohenfels"):
            for word in words.split():
                assert word in text
    for name in names:
        assert any(name in line and "+20%" in line for line in text.splitlines())
    assert "Maximiliane von Hohenfels  there is no cost" in text


def test_who_has_only_the_demo_is_told_how_to_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    nothing = f"nothing is published in {tmp_path}: run `microlift run` first"
    with pytest.raises(UsageError, match=f"{re.escape(nothing)}$"):
        current_file(tmp_path)
    (tmp_path / "demo/data/published").mkdir(parents=True)
    (tmp_path / "demo/data/published/current.duckdb").touch()
    told = "; the demo's: export MICROLIFT_HOME=demo/data MICROLIFT_PLAN=demo/plan"
    with pytest.raises(UsageError, match=re.escape(nothing + told)):
        current_file(tmp_path)


def test_a_shop_that_is_behind_is_told_of_above_the_returns_that_it_spoils() -> None:
    def seen(source: str, hours: int | None, because: str | None = "not read") -> SourceState:
        last = None if hours is None else NOW - timedelta(hours=hours)
        return SourceState(source, NOW, last, 9, because)

    def head(*sources: SourceState) -> str:
        text = shown([earned("Ava")], sources=sources)
        return " ".join(text.partition("influencer ")[0].split())

    spoilt = head(seen("ga4", 30), seen("shopify", 26), seen("ecb", 26, None), seen("tiktok", 0))
    assert "orders only as of 2026-02-28 10:00, while cost runs to 2026-03-01" in spoilt
    assert "older than that: ga4 (see Sources)" in spoilt
    assert "orders unknown, while cost runs to 2026-03-01" in head(seen("shopify", None))
    assert "orders only" not in head(seen("shopify", 0, "last try failed"))
    assert "orders only" not in head(seen("shopify", 26, None))


def test_the_reason_that_days_are_too_few_is_the_models_own() -> None:
    model = ROOT / "dbt_project" / "models" / "marts" / "rpt_audience_lift.sql"
    assert "'{} days without a campaign" in model.read_text(encoding="utf-8")
