"""The marts gate: for every check one mutation of the marts that turns it red, and no other."""

# ruff: noqa: S608 - statements are put together from constants of this file

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest
from expectations_house import PREVIOUS, empty_marts, green_marts

from expectations.gate import run_gate
from expectations.marts_keys import KEYS, NULLABLE
from expectations.marts_measures import MEASURES
from expectations.marts_suite import SUITE, judge_marts, measure_marts

if TYPE_CHECKING:
    from expectations.checks import GateReport

CREDITS = "marts.fct_order_credits"
MUTATIONS: dict[tuple[str, str], str] = {
    ("credits", "unbalanced_orders"): f"update {CREDITS} set net_revenue = net_revenue + 0.01"
    " where order_id = 'o7' and collaboration_id is null",
    ("credits", "shares_not_one"): f"update {CREDITS} set credit_share = 0.39"
    " where order_id = 'o7' and collaboration_id is null",
    ("credits", "credits_on_uncountable_orders"): f"insert into {CREDITS} values"
    " ('o10', 'last_touch', 30, null, 1, 0)",
    ("missing_credits", "orders_without_credits"): f"delete from {CREDITS} where order_id = 'o7'",
    ("credit_shares", "shares_outside"): f"update {CREDITS} set credit_share = case"
    " when collaboration_id is null then -0.1 else 1.1 end where order_id = 'o7'",
    ("reported_revenue", "revenue_lost_by_influencer"): "delete from marts.rpt_influencer_roi",
    ("reported_revenue", "revenue_lost_by_campaign"): "delete from marts.rpt_campaign_roi",
    ("reported_revenue", "revenue_lost_overall"): "delete from marts.rpt_influencer_overall",
    **{
        ("roi_of_rpt_influencer_overall", name): f"update marts.rpt_influencer_overall set {change}"
        for name, change in {
            "inconsistent_ratios": "roi_margin = roi_margin + 0.0001",
            "costs_not_summing_up": "cost_commission = 9.99",
            "shares_outside": "contribution_margin = 1.5",
        }.items()
    },
    **{
        (f"roi_of_{table}", name): f"update marts.{table} set {change}"
        for table in ("rpt_influencer_roi", "rpt_campaign_roi")
        for name, change in {
            "inconsistent_ratios": "roi_margin = roi_margin + 0.00001",
            "costs_not_summing_up": "cost_commission = 9.99",
            "shares_outside": "contribution_margin = 1.5,"
            " roi_margin = (net_revenue * 1.5 - cost) / cost",
        }.items()
    },
    ("costs", "negative_costs"): "update marts.fct_costs_daily set cost = -0.01",
    ("deals", "shares_outside"): "update marts.dim_collaborations set commission_rate = 10",
    ("engagement", "shares_outside"): "update marts.fct_engagement_daily set views_coverage = 1.01",
    ("candidates", "shares_outside"): "update marts.rpt_influencer_candidates set score = 1.1",
    ("candidates", "ranked_without_knowing"): "update marts.rpt_influencer_candidates"
    " set followers = null",
    ("candidates", "candidates_of_the_plan"): "update marts.rpt_influencer_candidates"
    " set account_id = 'UC1'",
    ("relationships", "deliverables_not_summing_up"): "update marts.rpt_relationships"
    " set posts_late = 2",
    ("relationships", "shares_outside"): "update marts.rpt_relationships set on_time_rate = 1.5",
    ("followers", "negative_followers"): "update marts.fct_audience_growth_daily"
    " set followers_lost = -1 where date_day = '2026-05-03'",
    ("lifts", "inconsistent_lifts"): "update marts.rpt_audience_lift set joint_lift_lo = 11"
    " where campaign_id = 'k2'",
    ("lifts", "verdicts_against_interval"): "update marts.rpt_audience_lift set lift_lo = 0"
    " where campaign_id = 'k1'",
    **{
        (f"figures_of_{table}", "impossible_figures"): f"update marts.{table} set {change}"
        for table, change in {
            "fct_account_anomalies": "limit_exceeded = 0.9",
            "fct_post_engagement": "likes = -1",
            "rpt_candidate_backtest": "rank_correlation = 5",
            "rpt_engagement": "er_followers = -7",
            "rpt_influencer_engagement": "coverage = 3",
            "rpt_relationships": "posts_still_due = -9",
            "rpt_tier_benchmarks": "er_followers_lo = 1",
        }.items()
    },
    ("counters", "negative_counters"): "update marts.fct_post_engagement_daily"
    " set likes_to_date = -1",
    ("tables", "rows_kept"): "delete from marts.dim_posts where post_id > 'p2'",
    ("quarantine", "rows_without_rate"): "insert into quality.quarantine values"
    " ('int_orders', 'no_rate')",
    ("quarantine", "quarantined_rows"): "insert into quality.quarantine values"
    " ('raw.youtube__videos', 'missing_field:$.id')",
    ("revenue", "revenue_against_trailing"): "update intermediate.int_orders"
    " set ordered_on = ordered_on - 7 where ordered_on >= date '2026-05-25'",
    ("revenue", "orders_in_the_future"): "update intermediate.int_orders"
    " set ordered_on = date '2026-06-02' where order_id = 'o1'",
    ("freshness", "hours_behind"): "update raw.fetch_streams"
    " set last_observed_at = timestamptz '2026-05-30 14:59:00Z' where source = 'ecb'",
    **{
        (f"key_of_{table}", "key_duplicates"): f"insert into marts.{table} from marts.{table}"
        for table in KEYS
    },
    **{
        (f"key_of_{table}", "key_nulls"): f"update marts.{table} set {key[0]} = null"
        " where rowid = 0"
        for table, key in KEYS.items()
        if (table, key[0]) not in NULLABLE
    },
}
# What stands twice, or lost its key or its order, is also wrong in every sum over it.
SUMMED = {"key_of_fct_order_credits", "key_of_rpt_campaign_roi", "key_of_rpt_influencer_roi"}
SUMMED |= {"key_of_rpt_influencer_overall", "missing_credits"}
SUMS = {
    *("unbalanced_orders", "shares_not_one", "credits_on_uncountable_orders"),
    *("revenue_lost_by_influencer", "revenue_lost_by_campaign", "revenue_lost_overall"),
    "orders_without_credits",
}


def _query(con: duckdb.DuckDBPyConnection) -> Callable[[str], pd.DataFrame]:
    return lambda sql: con.execute(sql).df()


def _judge(con: duckdb.DuckDBPyConnection) -> GateReport:
    return judge_marts(_query(con), PREVIOUS)


@pytest.fixture(scope="module")
def green() -> dict[str, pd.DataFrame]:
    """What is measured of sound marts; all of it passes, as a test below says."""
    return measure_marts(_query(green_marts()), PREVIOUS)


def _red(report: GateReport) -> set[tuple[str, str]]:
    return {(one.table_name, one.check_name) for one in report.results if not one.passed}


def test_every_marts_check_has_a_mutation() -> None:
    assert set(MUTATIONS) == {(check.frame, check.name) for check in SUITE.checks}
    assert {check.frame for check in SUITE.checks} == {one.frame for one in MEASURES} | {"tables"}


def test_sound_marts_pass_every_check() -> None:
    report = _judge(green_marts())
    assert report.verdict == "passed", _red(report)
    assert {one.check_name for one in report.results} == {check.name for check in SUITE.checks}


@pytest.mark.parametrize("check", MUTATIONS, ids=".".join)
def test_a_mutation_turns_its_marts_check_red(
    green: dict[str, pd.DataFrame], check: tuple[str, str]
) -> None:
    con = green_marts()
    con.execute(MUTATIONS[check])
    frames = measure_marts(_query(con), PREVIOUS)
    # Frames that the mutation did not touch are green: judging them again only takes time.
    report = run_gate(SUITE, {k: v for k, v in frames.items() if not v.equals(green[k])})
    wanted = next(one for one in SUITE.checks if (one.frame, one.name) == check)
    red = [one for one in report.results if not one.passed]
    mine = [one for one in red if one.check_name == wanted.name]
    assert mine, _red(report)
    assert all(one.observed is not None and one.meaning == wanted.meaning for one in mine)
    allowed = {wanted.name} | (SUMS if wanted.frame in SUMMED else set())
    assert {one.check_name for one in red} <= allowed
    critical = any(one.severity == "critical" for one in red)
    assert report.verdict == ("failed" if critical else "warned")


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("lift_lo = 200", "inconsistent_lifts"),
        ("lift_hi = 199", "inconsistent_lifts"),
        ("observed_net = 301", "inconsistent_lifts"),
        ("min_detectable_lift = 0", "inconsistent_lifts"),
        ("placebo_p = 1.5", "inconsistent_lifts"),
        ("verdict = 'not_detectable'", "verdicts_against_interval"),
        ("verdict = 'down'", "verdicts_against_interval"),
        ("verdict = 'too_short', lift_lo = -1", "verdicts_against_interval"),
        ("verdict = 'not_detectable', lift_lo = -1", "verdicts_against_interval"),
    ],
)
def test_a_lift_that_contradicts_itself_is_refused(
    green: dict[str, pd.DataFrame], change: str, check: str
) -> None:
    con = green_marts()
    con.execute(f"update marts.rpt_audience_lift set {change} where campaign_id = 'k1'")
    lifts = measure_marts(_query(con), PREVIOUS)["lifts"]
    worse = lifts.iloc[0] - green["lifts"].iloc[0]
    assert worse[worse > 0].index.tolist() == [check]


CONSERVATION = next(one.sql for one in MEASURES if one.frame == "credits")


@pytest.mark.parametrize(
    ("lost", "orders"), [("false", 0), ("lookback_days = 7", 540), ("order_id = 'o7'", 1)]
)
def test_orders_that_a_model_leaves_out_are_unbalanced(lost: str, orders: int) -> None:
    con = green_marts()
    con.execute("insert into intermediate.int_attribution_settings values ('linear', 7, false)")
    con.execute(
        f"insert into {CREDITS}"
        " select * replace ('linear' as attribution_model, 7 as lookback_days)"
        f" from {CREDITS}"
    )
    con.execute(f"delete from {CREDITS} where attribution_model = 'linear' and {lost}")
    assert _query(con)(CONSERVATION)["unbalanced_orders"].tolist() == [orders]


@pytest.mark.parametrize(("share", "orders"), [("0.6000000001", 540), ("0.6", 0)])
def test_shares_add_up_to_one_to_the_last_digit(share: str, orders: int) -> None:
    con = green_marts()
    con.execute(f"update {CREDITS} set credit_share = {share} where collaboration_id = 'd1'")
    assert _query(con)(CONSERVATION)["shares_not_one"].tolist() == [orders]


def test_marts_without_a_row_pass_or_warn_and_never_crash() -> None:
    con = empty_marts()
    assert judge_marts(_query(con)).verdict in {"passed", "warned"}


def test_an_empty_database_has_nothing_to_judge() -> None:
    con = duckdb.connect()
    assert judge_marts(_query(con)).verdict == "passed"


@pytest.mark.parametrize(
    ("change", "is_red"),
    [
        (
            "delete from marts.dim_posts where post_id in (from (select post_id from"
            " marts.dim_posts limit 20))",
            False,
        ),
        ("drop table marts.dim_posts", True),
        ("truncate marts.dim_campaigns", True),
        ("truncate marts.rpt_engagement", False),
    ],
    ids=["half is kept", "a table vanished", "a small table is empty", "reports may shrink"],
)
def test_facts_and_dimensions_must_not_vanish(change: str, is_red: bool) -> None:
    con = green_marts()
    con.execute(change)
    assert ("rows_kept" in {name for _, name in _red(_judge(con))}) is is_red


def test_a_source_that_is_behind_is_named() -> None:
    con = green_marts()
    con.execute(MUTATIONS["freshness", "hours_behind"])
    (red,) = [one for one in _judge(con).results if not one.passed]
    assert (red.subject, red.severity, red.table_name) == ("ecb", "warning", "raw.ecb")
    assert red.observed == pytest.approx(36.0, abs=0.1)


def test_a_check_that_cannot_be_computed_has_not_passed() -> None:
    con = green_marts()
    con.execute("alter table marts.fct_costs_daily rename column cost to price")
    report = _judge(con)
    assert report.verdict == "failed"
    (red,) = [one for one in report.results if not one.passed]
    assert red.check_name == "negative_costs" and red.observed is None
    assert "cannot be measured" in red.subject and "cost" in red.subject


def test_a_failed_critical_check_outweighs_warnings() -> None:
    def verdict(*mutations: tuple[str, str]) -> str:
        con = green_marts()
        for mutation in mutations:
            con.execute(MUTATIONS[mutation])
        return _judge(con).verdict

    assert verdict(("freshness", "hours_behind")) == "warned"
    assert verdict(("freshness", "hours_behind"), ("costs", "negative_costs")) == "failed"


@pytest.mark.parametrize(("value", "verdict"), [(0.5, "passed"), (0.499, "failed")])
def test_limits_are_inclusive(value: float, verdict: str) -> None:
    frames = {"tables": pd.DataFrame({"rows_kept": [value]})}
    assert run_gate(SUITE, frames).verdict == verdict


def test_every_column_of_a_key_counts() -> None:
    con = green_marts()
    query = _query(con)
    for measure in MEASURES:
        table = measure.frame.removeprefix("key_of_")
        for column in KEYS.get(table, ()):
            con.execute("begin")
            con.execute(f"update marts.{table} set {column} = null where rowid = 0")
            nulls = query(measure.sql)["key_nulls"].item()
            con.execute("rollback")
            assert nulls == ((table, column) not in NULLABLE), (table, column)
