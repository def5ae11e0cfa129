"""What stands behind a number: explain, diff and the restatements of a published version."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from microlift.commands import common, explaining
from microlift.errors import UsageError
from microlift.explain import explain_influencer, explain_order
from microlift.figures import percent
from warehouse.restatement_causes import CAUSES
from warehouse.versions import version_folder, versions

if TYPE_CHECKING:
    from microlift.settings import Settings

Run = Callable[..., Any]


def marts_of(settings: Settings, run_id: str) -> duckdb.DuckDBPyConnection:
    file = version_folder(settings.home, run_id) / "microlift.duckdb"
    return duckdb.connect(str(file), read_only=True)


def test_what_a_later_night_restates_is_published_true_and_with_a_cause(
    home: Settings, run: Run
) -> None:
    assert home.clock is not None
    # Ten days later shipments came back, counters moved and a costly fee was agreed anew.
    costs = home.plan_dir / "costs.csv"
    head, first, *rest = costs.read_text(encoding="utf-8").splitlines()
    columns = head.split(",")
    cells = first.split(",")
    cells[columns.index("amount")] = "4321.00"
    costs.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    later = replace(home, clock=home.clock + timedelta(days=10))
    answer = run("run", "--json", env=later.environment())
    assert answer.exit_code == 0, answer.errors
    after, before = (version.run_id for version in versions(home.home)[:2])
    with marts_of(home, after) as new, marts_of(home, before) as old:
        told = new.execute(
            "select table_name, key, column_name, before, after, cause, run_id, before_run_id"
            " from marts.rpt_restatements"
        ).fetchall()
        causes = {cause for *_, cause, _, _ in told}
        assert {"refund", "cost_edit"} <= causes <= {*CAUSES} - {"definition", "new_data"}
        assert {(one[6], one[7]) for one in told} == {(after, before)}
        for table, key, column, was, now, *_ in told[:: max(1, len(told) // 100)]:
            where = " and ".join(
                f"{name}::varchar is not distinct from $k{number}"
                for number, name in enumerate(json.loads(key))
            )
            values = {
                f"k{number}": None if value is None else str(value)
                for number, value in enumerate(json.loads(key).values())
            }
            for con, value in ((old, was), (new, now)):
                found = con.execute(
                    f"select {column}::varchar from marts.{table} where {where}",  # noqa: S608
                    values,
                ).fetchall()
                assert (found[0][0] if found else None) == value
    # The same two versions by hand: everything above, and what merely grew.
    diff = run("diff", before, after, "--json", "--limit", "1000000", env=home.environment())
    assert diff.exit_code == 0, diff.errors
    listed = {tuple(change.values()) for change in diff.json["changes"]}
    assert {one[:6] for one in told} <= listed
    assert "new_data" in {change["cause"] for change in diff.json["changes"]}
    assert diff.json["total"] == len(diff.json["changes"])
    shown = run("diff", before, after, "--table", "fct_costs_daily", env=home.environment())
    assert "cost_edit" in shown.text
    # Once told it stays told, and a night in which nothing moved adds nothing.
    again = run("run", "--json", env=later.environment())
    assert again.exit_code == 0, again.text
    with marts_of(home, again.json["run_id"]) as newest:
        rows = newest.execute("select distinct run_id from marts.rpt_restatements").fetchall()
        assert rows == [(after,)]


def test_an_order_is_explained_claim_by_claim_and_an_influencer_down_to_orders_and_costs(
    home: Settings, run: Run
) -> None:
    env = home.environment()
    run_id = versions(home.home)[0].run_id
    with marts_of(home, run_id) as con:
        order, evidence = con.execute(
            "select order_id, count(*) from marts.fct_order_evidence group by order_id"
            " order by count(*) desc, order_id limit 1"
        ).fetchall()[0]
        influencer, name, net, cost = con.execute(
            "select influencer_id, name, sum(net_revenue), sum(cost) from marts.influencer_roi"
            " inner join marts.dim_influencers using (influencer_id)"
            " group by all order by sum(net_revenue) desc limit 1"
        ).fetchall()[0]
    told = run("explain", "order", order.rpartition("/")[2], "--json", env=env).json
    assert told["order_id"] == order
    for printed in (told["order_name"], told["order_name"].removeprefix("#")):
        assert run("explain", "order", printed, "--json", env=env).json == told
    assert len(told["claims"]) == evidence
    assert sum(claim["reason"] == "won" for claim in told["claims"]) <= 1
    shares = [Decimal(one["credit_share"]) for one in told["credits"] if one["is_default"]]
    assert sum(shares) == 1
    worth = sum(Decimal(one["net_revenue"]) for one in told["credits"] if one["is_default"])
    assert sum(Decimal(one["net_revenue"]) for one in told["events"]) == worth
    assert "reason" in run("explain", "order", order, env=env).text

    told = run("explain", "influencer", name, "--json", env=env).json
    assert told["influencer_id"] == influencer
    assert sum(Decimal(one["net_revenue"]) for one in told["orders"]) == net
    assert sum(Decimal(one["cost"]) for one in told["costs"]) == cost
    assert run("explain", "influencer", influencer, "--json", env=env).json == told
    assert run("explain", "influencer", name.upper(), "--json", env=env).json == told
    with marts_of(home, run_id) as con:
        ((overall, rank, ranked),) = con.execute(
            "select roi_margin, rank_shrunk, (select count(rank_shrunk) from"
            " marts.rpt_influencer_overall where is_default)"
            " from marts.rpt_influencer_overall where is_default and influencer_id = $id",
            {"id": influencer},
        ).fetchall()
    assert told["overall"]["roi_margin"] == str(overall)
    assert (told["overall"]["rank_shrunk"], told["overall"]["ranked"]) == (rank, ranked)
    text = run("explain", "influencer", influencer, env=env).text
    head = f"influencer {name} ({influencer})\noverall margin ROI {percent(overall)} (95 %: "
    assert text.startswith(head)
    for one in told["returns"]:
        assert f"campaign {one['campaign_name']} ({one['campaign_id']}): margin ROI" in text


def test_who_is_not_known_by_that_name_is_met_with_the_nearest_or_with_all_of_that_name() -> None:
    with duckdb.connect() as con:
        con.execute(
            """
            create schema marts;
            create table marts.dim_influencers as
            select * from (values
                ('inf_1', 'Enzo Falk'), ('inf_2', 'Åsa Holm'), ('inf_3', 'ÅSA HOLM'), ('ava', 'Bo')
            ) as t (influencer_id, name);
            """
        )
        for wanted, message in (
            ("enzo flak", "version; did you mean Enzo Falk (inf_1)?"),
            ("AVA", "version; did you mean Bo (ava)?"),
            ("xyz", "no influencer 'xyz' in the plan of the published version"),
            ("åsa holm", "'åsa holm' names several influencers: inf_2, inf_3"),
        ):
            with pytest.raises(UsageError) as caught:
                explain_influencer(con, wanted)
            assert str(caught.value).endswith(message)


def test_an_order_that_does_not_count_is_explained_though_nobody_has_a_credit_of_it() -> None:
    with duckdb.connect() as con:
        con.execute(
            """
            create schema marts;
            create table marts.fct_revenue_events as
            select
                '7' as order_id, '#1007' as order_name, event, '' as event_id,
                date '2026-03-01' as happened_on, amount as net_revenue, 'EUR' as currency_code,
                false as is_after_settlement
            from (values ('cancellation', -50.00), ('sale', 50.00)) as t (event, amount);
            create table marts.fct_order_evidence as
            select
                order_id, 'code' as evidence, 'ANA10' as claim, 'd' as collaboration_id,
                timestamp '2026-03-01' as touched_at, false as is_eligible, reason
            from (values ('7', 'order_cancelled'), ('8', 'order_test'))
                as t (order_id, reason);
            create table marts.dim_collaborations as
            select 'd' as collaboration_id, 'ana' as influencer_id;
            create table marts.fct_order_leaks as
            select '8' as order_id, 'd' as collaboration_id, true as is_leaked,
                'coupon_page' as leak_reason;
            create table marts.fct_order_credits (
                order_id varchar, attribution_model varchar, lookback_days integer,
                collaboration_id varchar, influencer_id varchar, campaign_id varchar,
                credit_share decimal, net_revenue decimal, gross_revenue decimal,
                currency_code varchar
            );
            create table marts.rpt_campaign_roi as
            select 'last_touch' as attribution_model, 30 as lookback_days, true as is_default;
            """
        )
        for name in ("7", "1007", "#1007", "gid://shopify/Order/7"):
            told = explain_order(con, name)
            assert [one["event"] for one in told["events"]] == ["sale", "cancellation"]
            assert [one["reason"] for one in told["claims"]] == ["order_cancelled"]
            assert (told["order_name"], told["credits"], told["leaks"]) == ("#1007", [], [])
        told = explain_order(con, "8")
        assert [one["reason"] for one in told["claims"]] == ["order_test"]
        assert [one["leak_reason"] for one in told["leaks"]] == ["coupon_page"]
        assert (told["events"], told["credits"]) == ([], [])


def test_a_code_that_readers_look_up_is_not_broken_inside_the_word(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = {
        "touched_at": None, "evidence": "affiliate", "claim": "1000.4636.1466",
        "collaboration_id": "col_0021", "influencer_id": "inf_0030",
        "reason": "lost_to_stronger_evidence",
    }  # fmt: skip
    told = {"order_id": "1", "claims": [claim], "leaks": [], "events": [], "credits": []}
    monkeypatch.setattr(explaining, "open_published", nullcontext)
    monkeypatch.setattr(explaining, "explain_order", lambda *_: told)
    monkeypatch.setattr(common, "PLAIN_WIDTH", common.LEAST_WIDTH)
    text = run("explain", "order", "1").text
    assert "lost_to_stronger_evidence" in text
    assert max(map(len, text.splitlines())) <= common.LEAST_WIDTH


def test_an_influencer_whose_code_seems_leaked_is_told_of_it_over_all_and_in_its_campaign(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = dict.fromkeys(
        ("roi_margin", "roi_margin_lo", "roi_margin_hi", "rank_shrunk", "net_revenue", "cost")
    )
    overall = figures | {
        "leak_share": Decimal("0.235"), "ranked": 1, "attribution_model": "last_touch",
        "lookback_days": 30, "not_rankable_because": "no_cost",
    }  # fmt: skip
    campaign = figures | {
        "contribution_margin": None, "currency_code": "EUR", "campaign_id": "c", "leak_share": None,
        "campaign_name": "Spring",
    }  # fmt: skip
    leaky = campaign | {"campaign_id": "d", "campaign_name": "Sun", "leak_share": Decimal("0.4")}
    told = {
        "influencer_id": "i", "name": "Sven", "overall": overall, "returns": [campaign, leaky],
        "orders": [], "costs": [], "relationship": [],
    }  # fmt: skip
    monkeypatch.setattr(explaining, "open_published", nullcontext)
    monkeypatch.setattr(explaining, "explain_influencer", lambda *_: told)
    head, spring, sun = run("explain", "influencer", "Sven").text.split("\ncampaign")
    words = "of the net revenue came with a code that seems leaked"
    assert f"24% {words}: explain order says so of each" in head
    assert words not in spring
    assert f"  40% {words}\n" in sun


def test_a_post_is_explained_by_its_deal_and_its_days(home: Settings, run: Run) -> None:
    with marts_of(home, versions(home.home)[0].run_id) as con:
        post, deal, rule = con.execute(
            "select post_id, collaboration_id, match_rule from marts.dim_posts"
            " where collaboration_id is not null order by post_id limit 1"
        ).fetchall()[0]
    answer = run("explain", "post", post, env=home.environment())
    assert answer.exit_code == 0, answer.errors
    assert f"matched to {deal} by {rule}" in answer.text


def test_what_is_not_there_is_said_with_exit_code_2(home: Settings, run: Run) -> None:
    env = home.environment()
    for arguments, message in (
        (("explain", "order", "no-such"), "no order 'no-such' among those that count"),
        (("explain", "influencer", "Nobody"), "no influencer 'Nobody'"),
        (("explain", "post", "none"), "no post 'none'"),
        (("diff", "v1", "v2"), "no published version 'v1'"),
    ):
        answer = run(*arguments, env=env)
        assert answer.exit_code == 2
        assert message in answer.errors
