"""The plan: what a good one gives, and how all of its faults are told."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from pathlib import Path

import pytest
from plan_edits import edit, problems_of

from ingest.landing import Landing
from ingest.plan_source import land_plan
from microlift.plan.landed import last_landed_plan
from microlift.plan.plan import read_plan

NOW = datetime(2026, 3, 15, tzinfo=UTC)


def test_a_good_plan_gives_rows_accounts_and_a_hash(good_plan: Path) -> None:
    plan = read_plan(good_plan)
    assert plan.tables["brand"][0]["contribution_margin"] == "0.58"
    assert plan.tables["costs"][0]["amount"] == "900.00"
    assert plan.tables["campaigns"][0]["contribution_margin"] is None
    assert plan.tables["accounts"][1]["is_authorised"] is True
    assert plan.tables["accounts"][1]["valid_from"] == "2026-01-01"
    assert plan.counts()["influencers"] == 2
    assert {a.owner_id for a in plan.accounts_at(NOW, "instagram")} == {"brand", "ava"}


def test_accounts_are_those_of_the_day_with_both_ends_included(good_plan: Path) -> None:
    edit("accounts.csv", "avaglow,false,2026-01-01,", "avaglow,false,2026-01-01,2026-03-15")(
        good_plan
    )
    plan = read_plan(good_plan)

    def handles(*day: int) -> set[str]:
        return {a.handle for a in plan.accounts_at(datetime(*day, 23, tzinfo=UTC), "youtube")}

    assert handles(2025, 12, 31) == set()
    assert handles(2026, 1, 1) == {"avaglow", "milobrandt"}
    assert handles(2026, 3, 15) == {"avaglow", "milobrandt"}
    assert handles(2026, 3, 16) == {"milobrandt"}


def test_the_hash_follows_meaning_not_comments(good_plan: Path) -> None:
    before = read_plan(good_plan).hash
    costs = good_plan / "costs.csv"
    costs.write_text("# a comment\n\n" + costs.read_text().replace(",fee,", ", fee ,"))
    (good_plan / "codes.csv").write_bytes(
        codecs.BOM_UTF8 + (good_plan / "codes.csv").read_bytes().replace(b"\n", b"\r\n")
    )
    assert read_plan(good_plan).hash == before
    costs.write_text(costs.read_text().replace("900.00", "901.00"))
    assert read_plan(good_plan).hash != before


def test_only_the_optional_file_may_be_missing(good_plan: Path) -> None:
    (good_plan / "posts.csv").unlink()
    assert read_plan(good_plan).tables["posts"] == []


def test_a_plan_from_before_the_optional_columns_is_valid(good_plan: Path) -> None:
    deals = good_plan / "collaborations.csv"
    old = [line.rsplit(",", 2)[0] for line in deals.read_text().splitlines() if line[0] != "#"]
    deals.write_text("\n".join(old))
    tables = read_plan(good_plan).tables
    assert [row["posts_due"] for row in tables["collaborations"]] == [None, None]
    assert [row["merged_into"] for row in tables["influencers"]] == [None, None]


def test_what_names_a_merged_influencer_belongs_to_the_one_who_stays(good_plan: Path) -> None:
    (good_plan / "influencers.csv").write_text(
        "influencer_id,name,country,category,merged_into\n"
        "ava,Ava,SE,,milo\nmilo,Milo,DE,,mila\nmila,Mila,DE,,\n"
    )
    tables = read_plan(good_plan).tables
    assert {row["influencer_id"] for row in tables["collaborations"]} == {"mila"}
    assert {row["owner_id"] for row in tables["accounts"]} == {"mila", "brand"}
    assert {row["influencer_id"] for row in tables["interactions"]} == {"mila"}
    merged = [(row["influencer_id"], row["merged_into"]) for row in tables["influencers"]]
    assert merged == [("ava", "mila"), ("milo", "mila"), ("mila", None)]


@pytest.mark.parametrize(
    ("amount", "code"), [("42.00", "JPY"), ("42", "ISK"), ("42.50", "KWD"), ("42.50", "BGN")]
)
def test_an_amount_may_be_in_any_currency_that_somebody_pays_or_paid_in(
    good_plan: Path, amount: str, code: str
) -> None:
    edit("costs.csv", "42.50,EUR", f"{amount},{code}")(good_plan)
    assert read_plan(good_plan).counts()["costs"]
    assert code in {row["currency_code"] for row in read_plan(good_plan).tables["costs"]}


def test_windows_and_models_left_out_are_the_usual_ones_and_the_default(good_plan: Path) -> None:
    edit("brand.yml", "lookback_days: 30", "lookback_days: 21")(good_plan)
    found = read_plan(good_plan).brand.attribution
    assert found.windows == (1, 7, 14, 21, 30, 90)
    assert len(found.models) == 6


def test_one_broken_row_is_not_reported_again_by_those_that_point_to_it(good_plan: Path) -> None:
    edit("influencers.csv", ",SE,", ",Sweden,")(good_plan)
    assert len(problems_of(good_plan)) == 1


def test_a_long_period_overlaps_with_more_than_its_neighbour(good_plan: Path) -> None:
    rows = ["A,spring-ava,2026-01-01,2026-12-31", "A,spring-ava,2026-02-01,2026-02-02"]
    rows.append("A,spring-milo,2026-06-01,2026-06-02")
    (good_plan / "codes.csv").write_text(
        "\n".join(["code,collaboration_id,valid_from,valid_to", *rows])
    )
    assert [problem.split(";")[0] for problem in problems_of(good_plan)] == [
        "codes.csv:3: code: 'A' overlaps in time with line 2",
        "codes.csv:4: code: 'A' overlaps in time with line 2",
    ]


def test_the_plan_landed_last_comes_back_as_it_was(good_plan: Path, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    assert last_landed_plan(landing) is None
    plan = read_plan(good_plan)
    land_plan(landing, plan.tables, NOW, is_simulated=True)
    assert last_landed_plan(landing) == plan
