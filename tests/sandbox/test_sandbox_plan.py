"""The plan folder of a world has the design's files and columns, and the front door takes it."""

from __future__ import annotations

import csv

import pytest
import yaml

from microlift.plan.plan import read_plan
from sandbox.plan_files import write_plan

DESIGN = {
    "influencers": "influencer_id, name, country, category",
    "accounts": "owner_id, platform, account_id, handle, is_authorised, valid_from, valid_to",
    "campaigns": "campaign_id, name, objective, starts_on, ends_on, budget, currency_code, "
    "contribution_margin",
    "collaborations": "collaboration_id, campaign_id, influencer_id, starts_on, ends_on, "
    "commission_rate, hashtags, mentions, posts_due, posts_due_on",
    "costs": "cost_id, collaboration_id, cost_type, amount, currency_code, incurred_on, paid_on, "
    "spread_from, spread_to",
    "codes": "code, collaboration_id, valid_from, valid_to",
    "links": "link_id, collaboration_id, utm_source, utm_medium, utm_campaign, utm_content, "
    "short_url",
    "posts": "platform, post_id, collaboration_id",
    "interactions": "interaction_id, influencer_id, happened_on, kind, note",
}


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    return write_plan(world, tmp_path_factory.mktemp("plan"))


@pytest.mark.parametrize("name", DESIGN)
def test_a_file_has_exactly_the_columns_of_the_design_and_rows(folder, name):
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert ", ".join(rows[0]) == DESIGN[name]
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_the_folder_holds_nothing_else_and_the_brand(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"brand.yml", *(f"{name}.csv" for name in DESIGN)}
    brand = yaml.safe_load((folder / "brand.yml").read_text(encoding="utf-8"))
    assert brand["reporting_currency"] == "EUR"
    assert brand["attribution"] == {"model": "last_touch", "lookback_days": 30}


def test_the_front_door_takes_the_plan_as_valid(folder, world):
    tables = read_plan(folder).tables
    assert len(tables["influencers"]) == len(world.influencers)
    assert len(tables["collaborations"]) == len(world.collaborations)


def test_the_same_world_writes_the_same_bytes(world, folder, tmp_path):
    again = write_plan(world, tmp_path / "plan")
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
