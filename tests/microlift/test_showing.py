"""What people see: no secrets, and unknown figures as a dash."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from expectations.marts_measures import NEVER_BEHIND
from expectations.marts_suite import MAX_HOURS_BEHIND
from ingest.redact import Redactor
from microlift.audience_lift import audience_lift, in_words, no_lift
from microlift.figures import percent
from microlift.how_sure import how_sure, micro_against_macro, overall_return
from microlift.redaction import RedactingFormatter, redact_texts
from microlift.scorecard import INFLUENCERS, Scorecard, render
from microlift.source_states import (
    SourceState,
    published_states,
    sources_table,
    stale_because,
    stale_lines,
)
from warehouse.publication import NEVER_STALE, STALE_AFTER_HOURS
from warehouse.sql import dicts

CANARY = "canary-0b7e-secret"
DBT = Path(__file__).resolve().parents[2] / "dbt_project"


def test_json_holds_no_secret_in_any_spelling_and_stays_json() -> None:
    redactor = Redactor(["can/ary+7", "12"])
    payload = {"rows": 1234, "said": ["?key=can%2Fary%2B7", "can\\/ary+7"], "error": None}
    assert redact_texts(payload, redactor) == {
        "rows": 1234,
        "said": ["?key=***", "***"],
        "error": None,
    }


def test_a_logged_traceback_holds_no_secret() -> None:
    try:
        raise ValueError(f"bad token {CANARY}")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "asked %s", (CANARY,), (ValueError, error, None)
        )
    text = RedactingFormatter("%(message)s", Redactor([CANARY])).format(record)
    assert "bad token ***" in text
    assert CANARY not in text


def shown(row: dict[str, object], width: int = 80) -> list[str]:
    card = Scorecard([row], "EUR", "r", datetime(2026, 3, 1, tzinfo=UTC), False, Path("f"))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render(card))
    return console.export_text().splitlines()


@pytest.mark.parametrize(
    ("rates", "shown_rate"),
    [
        # (platform, posts, coverage, engagements, rate): as many posts, more followers
        ([("tiktok", 1, 1, 85, 0.06), ("youtube", 1, 1, 93, 0.04)], 0.04),
        ([("tiktok", 1, 1, 9000, 0.06), ("youtube", 4, 1, 93, 0.04)], 0.04),
        # of four posts none has a rate: the one that is known
        ([("tiktok", 1, 1, 85, 0.06), ("youtube", 4, 0, None, None)], 0.06),
        ([("tiktok", 1, 1, 85, 0.06), ("youtube", 4, 0.5, 93, 0.04)], 0.04),
    ],
)
def test_a_rate_of_one_lucky_post_stands_for_nobody_who_has_others(
    rates: list[tuple[object, ...]], shown_rate: float
) -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.rpt_influencer_engagement (influencer_id varchar, platform varchar,"
            " posts bigint, coverage double, engagements bigint, er_followers double)"
        )
        con.execute(
            "create table marts.dim_influencers as select 'i' as influencer_id, 'Ava' as name,"
            " 'micro' as tier, 9 as followers_total"
        )
        con.execute(
            "create table marts.rpt_influencer_overall as select 'i' as influencer_id,"
            " true as is_default, 1 as orders, 1 as net_revenue, 1 as cost, 1 as roi_margin,"
            " 1 as roi_margin_lo, 1 as roi_margin_hi, 1 as rank_shrunk,"
            " null as not_rankable_because, null as versus_peers, null as leak_share,"
            " 1 as contribution"
        )
        con.executemany(
            "insert into marts.rpt_influencer_engagement values ('i', ?, ?, ?, ?, ?)", rates
        )
        (row,) = dicts(con, INFLUENCERS)
    assert row["er_followers"] == shown_rate
    assert row["posts"] == sum(int(str(posts)) for _, posts, *_ in rates)


def test_unknown_is_a_dash_zero_is_zero_and_an_interval_is_said_to_be_of_chance_alone() -> None:
    row = {
        "name": "Ava", "posts": 0, "er_followers": None, "orders": 0,
        "net_revenue": Decimal("0.00"), "cost": None, "roi_margin": None, "roi_margin_lo": None,
        "roi_margin_hi": None, "rank_shrunk": None, "not_rankable_because": "cost_unknown",
        "versus_peers": None, "leak_share": None, "contribution": None,
    }  # fmt: skip
    line, why = [line for line in shown(row) if "Ava" in line]
    dash = "\N{EN DASH}"
    assert line.split() == [dash, "Ava", "0", dash, "0", "0", *[dash] * 4]
    assert why.split("Ava")[1].strip() == "a cost has no exchange rate"
    # what an interval does not speak of stands below it
    said = " ".join(line.strip() for line in shown(row))
    assert "by chance alone: if the evidence of who caused an order is right." in said


def test_a_return_next_to_nothing_is_no_negative_zero() -> None:
    low, high = percent(Decimal("-0.00004")), percent(Decimal("0.00004"))
    assert low == high == "0.00%"
    row = {
        "name": "Ava", "posts": 1, "er_followers": None, "orders": 9, "net_revenue": Decimal(9),
        "cost": Decimal(9), "roi_margin": Decimal("-0.0004"), "roi_margin_lo": Decimal("-0.7"),
        "roi_margin_hi": Decimal("0.9"), "rank_shrunk": 1, "not_rankable_because": None,
        "versus_peers": None, "leak_share": None, "contribution": None,
    }  # fmt: skip
    (line,) = [line for line in shown(row) if "Ava" in line]
    assert line.split()[-3:] == ["0%", "-70%", "+90%"]


def test_the_scorecard_fits_eighty_columns_uncut() -> None:
    row = {
        "name": "Maximiliane von Hohenfels", "posts": 42,
        "er_followers": Decimal("0.1234"), "orders": 1234,
        "net_revenue": Decimal("123456.78"), "cost": Decimal("12345.67"),
        "roi_margin": Decimal("-0.42"), "roi_margin_lo": Decimal("-0.97"),
        "roi_margin_hi": Decimal("2.34"), "rank_shrunk": 123,
        "not_rankable_because": None, "versus_peers": "worse", "leak_share": None,
        "contribution": None,
    }  # fmt: skip
    lines = shown(row)
    assert max(map(len, lines)) <= 80
    (line,) = [line for line in lines if "Maximi" in line]
    assert line.split()[2:] == [
        "42", "12.34%", "1", "234", "123", "457", "12", "346", "-42%▼", "-97%", "+234%",
    ]  # fmt: skip


NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def seen(source: str, last: datetime | None, because: str | None, days: int = 90) -> SourceState:
    return SourceState(source, NOW, last, days, because)


def test_each_source_is_one_line_within_eighty_columns_and_says_how_far_behind_it_is() -> None:
    states = [
        seen("instagram", NOW, None),
        seen("youtube_analytics", NOW - timedelta(hours=40), "not read for 36 hours"),
        seen("shopify", NOW - timedelta(days=2, minutes=1), "last try failed: answers not whole"),
        seen("ga4", NOW - timedelta(hours=1), "last try failed: credential not accepted"),
        seen("impact", None, "never read", 0),
    ]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(sources_table(states))
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert lines[0] == "Sources  1 of 5 fresh"
    assert [" ".join(line.split()) for line in lines[4:9]] == [
        "instagram 90 2026-03-03 12:00 fresh",
        "youtube_analytics 90 2026-03-01 20:00 1 day behind",
        "shopify 90 2026-03-01 11:59 2 days behind",
        "ga4 90 2026-03-03 11:00 1 hour behind",
        "impact 0 \N{EN DASH} never read",
    ]
    assert max(map(len, lines)) <= 80
    assert stale_lines(states)[1:3] == [
        "shopify: last seen 2026-03-01 11:59, 2 days behind (last try failed: answers not whole);"
        " its numbers are as of then",
        "ga4: last seen 2026-03-03 11:00, 1 hour behind (last try failed: credential not accepted);"
        " its numbers are as of then",
    ]
    assert stale_lines(states)[3:] == ["impact: never read; it has no numbers"]


def test_stories_are_stale_before_the_first_of_them_is_lost() -> None:
    read = NOW - timedelta(hours=21)
    assert stale_because("instagram", read, NOW, None) is None
    assert stale_because("instagram_stories", read, NOW, None) == "not read for 20 hours"


def test_the_gate_and_the_published_table_know_the_same_limit_and_the_same_exceptions() -> None:
    assert MAX_HOURS_BEHIND == STALE_AFTER_HOURS
    assert {*NEVER_BEHIND} == {*NEVER_STALE}


def test_a_version_of_an_older_release_says_that_a_source_is_old() -> None:
    row = {
        "source": "ecb", "published_at": "2026-03-03 13:00:00+01:00", "days_covered": 3,
        "last_observed_at": "2026-03-01 13:00:00+01:00", "is_stale": True,
    }  # fmt: skip
    (state,) = published_states({"sources": [row]})
    assert (state.behind, state.stale_because) == ("2 days behind", "old")
    assert published_states({}) == []


def standing(versus: str | None, orders: int = 40, why: str | None = None) -> dict[str, object]:
    rank = None if why else 1
    return {
        "name": "Ava", "orders": orders, "rank_shrunk": rank, "not_rankable_because": why,
        "versus_peers": versus, "cost": Decimal(100), "contribution": Decimal("-0.25"),
    }  # fmt: skip


def test_who_cannot_be_ranked_is_named_with_the_reason_in_words() -> None:
    few, one, none = (standing(None, count, "too_few_orders") for count in (7, 1, 0))
    free, idle = standing(None, 90, "no_cost"), standing(None) | {"rank_shrunk": None}
    rows = [few, one, none, free, standing(None, 5, "no_cost"), *[idle] * 6]
    told = [
        "Not ranked yet: 5 of 11",
        "  Ava  7 orders: too few to rank (10 are needed)",
        "  Ava  1 order: too few to rank (10 are needed)",
        "  Ava  no orders: too few to rank (10 are needed)",
        "  Ava  there is no cost to set against",
    ]
    assert [str(line) for line in how_sure(rows)] == [
        *told,
        "  ... and 1 more: --all",
        "No deal yet: 6 of 11",
        "  Ava, Ava, Ava, Ava and 2 more: --all",
    ]
    assert [str(line) for line in how_sure(rows, is_all=True)] == [
        *told,
        "  Ava  there is no cost to set against",
        "No deal yet: 6 of 11",
        "  Ava, Ava, Ava, Ava, Ava, Ava",
    ]


def test_every_reason_of_the_reports_has_words_and_stands_in_their_columns_page() -> None:
    ranks = (DBT / "macros" / "roi_ranks.sql").read_text(encoding="utf-8")
    reasons = re.findall(r"then '(\w+)'", ranks.partition("a rank needs a return")[2])[:6]
    assert reasons[-1] == "too_few_orders"
    page = (DBT / "models" / "marts" / "_metrics.md").read_text(encoding="utf-8")
    told = page.partition("{% docs not_rankable_because %}")[2].partition("{% enddocs %}")[0]
    for reason in reasons:
        assert reason in told
        assert len(how_sure([standing(None, 12, reason)])) == 2


def test_the_return_over_all_campaigns_is_one_line_with_its_interval_and_its_rank_or_why_none() -> (
    None
):
    row = {
        "roi_margin": Decimal("0.220064"), "roi_margin_lo": Decimal("-0.560363"),
        "roi_margin_hi": Decimal("1.331472"), "ranked": 29, "attribution_model": "last_touch",
        "lookback_days": 30,
    }  # fmt: skip
    known = "overall margin ROI 22.01% (95 %: -56.04% to 133.15%); "
    said = overall_return(standing("better", 12) | row)
    assert said == f"{known}rank 1 of 29; by last_touch, 30 days"
    few = standing(None, 4, "too_few_orders") | {"orders": Decimal("4.0000")}
    said = overall_return(few | row)
    assert said == f"{known}4 orders: too few to rank (10 are needed); by last_touch, 30 days"
    unknown = dict.fromkeys(("roi_margin", "roi_margin_lo", "roi_margin_hi"))
    assert overall_return(standing(None, 4, "cost_unknown") | row | unknown) == (
        "overall margin ROI \N{EN DASH}; a cost has no exchange rate; by last_touch, 30 days"
    )


def test_luck_is_called_luck() -> None:
    alike = standing("not_separable")
    (said,) = how_sure([alike, alike])
    assert str(said) == "None of the 2 ranked can be told apart: it may all be luck."
    (said,) = how_sure([standing("better"), alike, alike, standing("worse")])
    assert str(said) == (
        "▲ better, ▼ worse than the average of -0.2% by more than luck: 1 and 1;"
        "\n  2 of 4 cannot be told from it."
    )


def lifted(**figures: object) -> dict[str, object]:
    """A row of rpt_audience_lift that tells nothing, but for `figures`."""
    return {
        "campaign_id": "c", "name": "Spring", "platform": "instagram", "lift": None,
        "lift_lo": None, "lift_hi": None, "joint_lift": None, "overlapping_campaign_ids": [],
        "min_detectable_lift": None, "cost_per_incremental_follower": None, "currency_code": "EUR",
        "reason": "", "history_days": None,
    } | figures  # fmt: skip


def interval(name: str, *bounds: str) -> dict[str, object]:
    return dict(zip((name, f"{name}_lo", f"{name}_hi"), map(Decimal, bounds), strict=True))


def test_the_lift_of_a_campaign_is_said_in_words_with_its_interval_or_why_there_is_none() -> None:
    up = interval("lift", "1430.4", "0.6", "2860.2")
    within = interval("lift", "-12.5", "-300.0", "275.0")
    assert in_words(lifted(verdict="up", **up)) == "up by +1 430 (+1 to +2 860)"
    priced = lifted(verdict="up", cost_per_incremental_follower=Decimal("2.31"), **up)
    assert in_words(priced) == "up by +1 430 (+1 to +2 860), 2.31 EUR each"
    unsure = lifted(verdict="not_detectable", min_detectable_lift=Decimal("410.1"), **within)
    assert in_words(unsure) == "not detectable: -12 (-300 to +275); it takes 411 to show"
    shared = interval("joint_lift", "10.0", "-5.0", "25.0")
    joint = lifted(verdict="not_separable", overlapping_campaign_ids=["c2", "c3"], **shared)
    assert in_words(joint) == "not separable from c2, c3; together +10 (-5 to +25)"
    young = lifted(verdict="too_short", reason="the campaign has not begun")
    assert in_words(young) == "too short: the campaign has not begun"
    assert in_words(young | {"history_days": 5}) == "too short: the campaign has not begun"


def test_accounts_of_which_the_same_is_to_be_said_share_a_line_of_eighty_columns() -> None:
    reason = "20 days without a campaign are known before it, too few to say what is usual"
    rows = [
        lifted(platform=platform, verdict="too_short", reason=reason, history_days=20)
        for platform in ("instagram", "tiktok")
    ]
    rows.append(lifted(platform="youtube", verdict="up", **interval("lift", "9", "1", "17")))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(audience_lift(rows))
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert max(map(len, lines)) <= 80
    assert [" ".join(line.split()) for line in lines[2:]] == [
        "Spring instagram, tiktok too short: 20 of the 28 days needed without a",
        "campaign before it",
        "youtube up by +9 (+1 to +17)",
    ]


def tier(ratio: str | None, low: str, high: str, why: str | None = None) -> dict[str, object]:
    return {
        "ratio_to_macro": ratio and Decimal(ratio), "ratio_to_macro_lo": Decimal(low),
        "ratio_to_macro_hi": Decimal(high), "influencers_compared": 70,
        "macro_influencers_compared": 9, "no_ratio_because": why,
    }  # fmt: skip


def test_micro_against_macro_is_said_in_words_with_its_interval() -> None:
    (more,) = micro_against_macro(tier("1.55", "1.099", "2.18"))
    assert str(more) == (
        "Micro against macro, posts alike: 1.55 times the engagements per follower"
        "\n  (95 %: 1.10 to 2.18; 70 and 9 influencers): more than luck."
    )
    (open_,) = micro_against_macro(tier("1.20", "0.90", "1.60"))
    assert str(open_).endswith(
        "(95 %: 0.90 to 1.60; 70 and 9 influencers): the difference may be luck."
    )
    (few,) = micro_against_macro(tier(None, "0", "0", "too_few_macro_influencers"))
    assert str(few) == "Micro against macro, not compared: 70 and 9 influencers are too few."
    assert micro_against_macro(None) == []


CAMPAIGN = dict.fromkeys(
    ("orders", "net_revenue", "cost", "roi_margin", "roi_margin_lo", "roi_margin_hi")
) | {"name": "Spring"}


def test_a_scorecard_without_any_lift_says_what_is_missing() -> None:
    assert no_lift(0).plain == "Audience lift  not measured: the plan has no campaign yet."
    deals: list[dict[str, object]] = [CAMPAIGN, CAMPAIGN]
    card = Scorecard([], None, "r", NOW, False, Path("f"), campaigns=deals)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render(card))
    told = console.export_text()
    assert "Audience lift  not measured: accounts.csv names no account of the brand's own\n" in told
    assert "(owner_id brand): none whose followers could be counted." in told
