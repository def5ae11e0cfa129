"""Published versions of a home, written by hand, with more rows than the default view's."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from two_versions import MARTS

# Each sale of the default view has a row in another one as well; a cost is paid as it is spread.
OTHER_ROWS = """
insert into marts.rpt_campaign_roi
    select * replace ('linear' as attribution_model, false as is_default)
    from marts.rpt_campaign_roi;
insert into marts.fct_costs_daily
    select * replace ('cash' as recognition) from marts.fct_costs_daily where cost_type = 'fee';
alter table marts.rpt_campaign_roi add column rank_shrunk integer default 1;
alter table marts.fct_audience_growth_daily add column followers bigint default 1000;
"""
EDIT = """
update marts.rpt_campaign_roi set net_revenue = 20, rank_shrunk = 3;
update marts.fct_costs_daily set cost = 9 where cost_type = 'fee';
update marts.fct_audience_growth_daily set followers = 1005, followers_net = 12;
"""


def publish(home: Path, run_id: str, edit: str) -> None:
    """A version of a home, as readers find it."""
    folder = home / "published" / "versions" / run_id
    folder.mkdir(parents=True)
    with duckdb.connect(folder / "microlift.duckdb") as con:
        con.execute(MARTS.replace("{side}.", "") + OTHER_ROWS + edit)
    at = "2026-03-02T04:00:00+00:00"
    told = {
        "run_id": run_id, "published_at": at, "as_of": at, "verdict": "passed",
        "is_simulated": True, "as_of_date": "2026-03-02", "definitions": "", "tables": {},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
