"""What `diff` sums up: two published versions written by hand."""

from __future__ import annotations

from pathlib import Path

from two_published import EDIT, publish
from two_versions import KEYS

from warehouse.difference import compare_versions


def test_only_money_and_counts_are_summed_and_of_the_default_view_alone(tmp_path: Path) -> None:
    publish(tmp_path, "r1", "select 1")
    publish(tmp_path, "r2", EDIT)
    found = compare_versions(tmp_path, "r1", "r2", KEYS, 100)
    told = {
        (row["table_name"], row["column_name"]): (row["figures"], row["moved"])
        for row in found.summary
    }
    assert {
        key: (n, None if moved is None else float(moved)) for key, (n, moved) in told.items()
    } == {
        ("fct_audience_growth_daily", "followers"): (1, None),
        ("fct_audience_growth_daily", "followers_net"): (1, 5),
        ("fct_costs_daily", "cost"): (2, 4),
        ("rpt_campaign_roi", "net_revenue"): (2, -30),
        ("rpt_campaign_roi", "rank_shrunk"): (2, None),
    }
    assert found.total == 8


def test_what_is_told_in_short_is_of_reports_and_the_default_view(tmp_path: Path) -> None:
    publish(tmp_path, "r1", "select 1")
    publish(tmp_path, "r2", EDIT)
    short = compare_versions(tmp_path, "r1", "r2", KEYS, 100, is_all=False)
    assert [(row["column_name"], row["figures"]) for row in short.summary] == [
        ("net_revenue", 1),
        ("rank_shrunk", 1),
    ]
    assert {row["table_name"] for row in short.changes} == {"rpt_campaign_roi"}
    assert (short.told, short.total) == (2, 8)
    # whoever asks for one that is no report gets it
    costs = {"fct_costs_daily": KEYS["fct_costs_daily"]}
    asked = compare_versions(tmp_path, "r1", "r2", costs, 100, is_all=False)
    assert (asked.told, asked.total) == (2, 2)
