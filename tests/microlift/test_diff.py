"""`microlift diff`: money first and by name, the rest counted."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.commands import common, comparing
from warehouse.restatement_causes import CAUSES

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
from two_published import EDIT, publish

if TYPE_CHECKING:
    import pytest

Run = Callable[..., Any]

# Two influencers of a campaign, and another campaign that nothing happens to.
REPORTS = """
alter table marts.rpt_campaign_roi add column roi_margin decimal(18, 6) default 1.5;
alter table marts.rpt_campaign_roi add column contribution decimal(18, 2) default 15;
insert into marts.dim_campaigns values ('camp2', 'Calm Week', 0.5);
insert into marts.rpt_campaign_roi
    select * replace ('camp2' as campaign_id) from marts.rpt_campaign_roi;
create table marts.rpt_influencer_roi as
    select 'ana' as influencer_id, * from marts.rpt_campaign_roi where campaign_id = 'camp'
    union all
    select 'ben', * from marts.rpt_campaign_roi where campaign_id = 'camp';
"""
# Ana's order loses 30, Ben's fee comes to 1,204 more: he is told first.
MONEY = """
insert into marts.fct_revenue_events values
    ('o1', 'refund', 'r1', date '2026-03-01', date '2026-03-01', -30);
update marts.fct_order_credits set net_revenue = 20;
insert into marts.dim_collaborations values ('deal2', 'camp', 'ben', 0);
insert into marts.fct_costs_daily
    select * replace ('deal2' as collaboration_id, 'ben' as influencer_id, 1204 as cost)
    from marts.fct_costs_daily where cost_type = 'fee' and recognition = 'spread';
insert into marts.fct_roi_daily
    select * replace ('ben' as influencer_id, 0 as net_revenue, 1204 as cost)
    from marts.fct_roi_daily;
update marts.fct_roi_daily set net_revenue = 20 where influencer_id = 'ana';
update marts.rpt_influencer_roi set net_revenue = 20, roi_margin = 0
    where influencer_id = 'ana';
update marts.rpt_influencer_roi set cost = 1214 where influencer_id = 'ben';
update marts.rpt_campaign_roi set net_revenue = 20, cost = 1214, roi_margin = -0.25
    where campaign_id = 'camp';
"""


def publish_both(home: Path, before: str = "", after: str = "") -> None:
    """The reports, and what moved their money, each after an edit of its own."""
    publish(home, "r1", before + REPORTS)
    publish(home, "r2", before + REPORTS + MONEY + after)


def told(run: Run, home: Path, *options: str) -> str:
    answer = run("diff", "r1", "r2", *options, env={"MICROLIFT_HOME": str(home)})
    assert answer.exit_code == 0, answer.errors
    return str(answer.text)


def words(text: str) -> list[list[str]]:
    """The cells of each line; two blanks or more stand between them."""
    return [re.split(r" {2,}", line.strip()) for line in text.splitlines()]


def test_diff_answers_on_one_screen_what_moved_money_by_name_and_why(
    run: Run, tmp_path: Path
) -> None:
    publish_both(tmp_path)
    text = told(run, tmp_path)
    lines = words(text)
    assert len(lines) <= 40
    assert [row for row in lines if row[-1:] == ["Sun Season · Ben Ito"]] == [
        ["cost line edited", "2026-03-01", "2026-03-01", "+0.00", "+1 204.00",
         "Sun Season · Ben Ito"],
    ]  # fmt: skip
    start = lines.index(["campaigns, 1 changed:"]) + 3
    assert lines[start : start + 3] == [
        ["Sun Season", "net revenue", "50.00", "20.00", "-30.00", "refunds, cancellations"],
        ["cost", "10.00", "1 214.00", "+1 204.00", "cost line edited"],
        ["margin ROI", "150.00%", "-25.00%", "-175.00", "cost line edited"],
    ]
    start = lines.index(["influencers by campaign, 2 changed:"]) + 3
    assert lines[start : start + 3] == [
        ["Sun Season · Ben Ito", "cost", "10.00", "1 214.00", "+1 204.00", "cost line edited"],
        ["Sun Season · Ana Holm", "net revenue", "50.00", "20.00", "-30.00",
         "refunds, cancellations"],
        ["margin ROI", "150.00%", "0.00%", "-150.00", "refunds, cancellations"],
    ]  # fmt: skip
    assert "Calm Week" not in text
    total, rest = int(text.split()[0]), int(lines[-1][0].split()[0])
    assert "--list shows" in text and "--all counts" in text
    assert rest == total - 6 > 0


def test_of_many_the_few_that_moved_most_are_told(run: Run, tmp_path: Path) -> None:
    many = """
        insert into marts.dim_influencers select 'inf' || i, 'Name ' || i from range(9) as t (i);
        create table marts.rpt_influencer_roi as
            select 'inf' || i as influencer_id, * replace (i * {} as cost)
            from marts.rpt_campaign_roi, range(9) as t (i) where is_default
    """
    publish(tmp_path, "r1", many.format(1))
    publish(tmp_path, "r2", many.format(2))
    text = told(run, tmp_path)
    assert f"influencers by campaign, 8 changed; the {comparing.FEW_INFLUENCERS} that moved" in text
    names = [row[0] for row in words(text) if row and row[0].startswith("Sun Season · Name")]
    assert names == [f"Sun Season · Name {i}" for i in (8, 7, 6, 5)]


def test_two_of_one_name_are_told_apart(run: Run, tmp_path: Path) -> None:
    same = "update marts.dim_influencers set name = 'Ana Holm';"
    publish_both(tmp_path, before=same)
    assert "Sun Season · Ana Holm (ben)" in told(run, tmp_path)


def test_equal_versions_say_that_no_figure_differs_and_nothing_else(
    run: Run, tmp_path: Path
) -> None:
    publish(tmp_path, "r1", "select 1")
    publish(tmp_path, "r2", "select 1")
    assert len(told(run, tmp_path).splitlines()) == 1


def test_the_list_names_whom_it_is_about_with_money_before_counts_and_no_word_is_broken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a million views are not more than 30 euros
    publish_both(tmp_path, after="update marts.fct_engagement_daily set views = 1000000;")
    monkeypatch.setattr(common, "PLAIN_WIDTH", common.LEAST_WIDTH)
    text = told(run, tmp_path, "--all", "--list")
    assert max(map(len, text.splitlines()[1:])) <= common.LEAST_WIDTH
    assert text.index("rpt_campaign_roi") < text.index("fct_engagement_daily")
    for whole in ("fct_engagement_daily", "net_revenue", "2026-03-01", "1000000", "cost_edit"):
        assert whole in text
    short = told(run, tmp_path, "--list")
    assert "Sun Season · Ana Holm" in short and "last_touch" not in short and "{" not in short


def test_every_cause_has_words() -> None:
    assert [*comparing.CAUSES_IN_WORDS] == [*CAUSES]


def test_all_sums_up_every_mart_views_are_known_and_json_tells_everything(
    run: Run, tmp_path: Path
) -> None:
    publish(tmp_path, "r1", "select 1")
    publish(tmp_path, "r2", EDIT)
    env = {"MICROLIFT_HOME": str(tmp_path)}
    text = told(run, tmp_path)
    assert text.startswith("8 figures differ")
    assert "fct_" not in text
    assert "\n7 other figures: " in text
    assert "fct_costs_daily" in told(run, tmp_path, "--all")
    listed = told(run, tmp_path, "--list")
    assert "fct_" not in listed
    assert listed.splitlines()[-1].startswith("6 more of them")
    view = told(run, tmp_path, "--table", "campaign_roi")
    assert view.startswith("4 figures differ")
    assert run("diff", "r1", "r2", "--table", "roi", env=env).exit_code == 2
    answer = run("diff", "r1", "r2", "--json", env=env).json
    assert {"before", "after", "total", "summary", "changes"} == {*answer}
    assert (answer["total"], len(answer["changes"])) == (8, 8)
    assert [row["column_name"] for row in answer["changes"]][:2] == ["net_revenue", "net_revenue"]
    assert {*answer["changes"][0]} == {
        "table_name", "key", "column_name", "before", "after", "cause",
    }  # fmt: skip
