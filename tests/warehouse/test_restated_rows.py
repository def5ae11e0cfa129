"""What `rpt_restatements` holds, column by column: three versions written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from two_versions import KEYS, MARTS

from warehouse.publication import Stamp
from warehouse.restatements import restate
from warehouse.versions import Version

Row = tuple[object, ...]
FIRST = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
# The vendor takes two views back and no longer knows how many followers came; money goes back.
CORRECTED = """
update published.marts.fct_engagement_daily set views = 8;
update published.marts.fct_audience_growth_daily set followers_net = null;
insert into published.marts.fct_revenue_events values
    ('o1', 'refund', 'r1', date '2026-03-01', date '2026-03-01', -30);
update published.marts.fct_order_credits set net_revenue = 20;
"""
AGAIN = CORRECTED.replace("views = 8", "views = 9")

DAY = '{"campaign_id":"camp","influencer_id":"ana","platform":"tiktok","date_day":"2026-03-01"}'
ACCOUNT = '{"platform":"tiktok","account_id":"a1","date_day":"2026-03-01"}'
CREDIT = (
    '{"order_id":"o1","attribution_model":"last_touch","lookback_days":30,'
    '"collaboration_id":"deal"}'
)
SECOND_ROWS: list[Row] = [
    ("r2", SECOND, "r1", "fct_audience_growth_daily", ACCOUNT, "followers_net", "7", None,
     "source_restatement"),
    ("r2", SECOND, "r1", "fct_engagement_daily", DAY, "views", "10", "8", "source_restatement"),
    ("r2", SECOND, "r1", "fct_order_credits", CREDIT, "net_revenue", "50.00", "20.00", "refund"),
]  # fmt: skip


class Versions:
    """Publishes one version after the other, each compared with the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: Version | None = None

    def publish(self, run_id: str, at: datetime, edit: str = "select 1") -> list[Row]:
        """The rows of `rpt_restatements` beside the marts of `two_versions`, edited."""
        made = Version(
            run_id, at, at, "passed", True, 0, False, at.date(), "", self._folder / run_id
        )
        made.folder.mkdir()
        with duckdb.connect() as con:
            con.execute("set timezone = 'UTC'")
            con.execute(f"attach '{made.file}' as published")
            con.execute(MARTS.format(side="published"))
            con.execute(edit)
            stamp = Stamp(run_id, at, "passed", at, at.date(), True)
            restate(con, stamp, self._last, KEYS)
            found = con.execute("from published.marts.rpt_restatements order by all")
            columns = [name for name, *_ in found.description]
            rows = found.fetchall()
        assert columns == [
            "run_id", "published_at", "before_run_id", "table_name", "key", "column_name",
            "before", "after", "cause",
        ]  # fmt: skip
        self._last = made
        return rows


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    made = Versions(tmp_path)
    assert made.publish("r1", FIRST) == []
    return made


def test_a_changed_figure_is_told_with_both_values_its_row_and_both_runs(
    versions: Versions,
) -> None:
    assert versions.publish("r2", SECOND, CORRECTED) == SECOND_ROWS


def test_a_figure_that_changes_twice_is_told_twice_and_nothing_is_forgotten(
    versions: Versions,
) -> None:
    versions.publish("r2", SECOND, CORRECTED)
    third = ("r3", THIRD, "r2", "fct_engagement_daily", DAY, "views", "8", "9")
    assert versions.publish("r3", THIRD, AGAIN) == [*SECOND_ROWS, (*third, "source_restatement")]
    # a version in which nothing changed adds nothing
    unchanged = versions.publish("r4", THIRD + timedelta(hours=1), AGAIN)
    assert unchanged == [*SECOND_ROWS, (*third, "source_restatement")]


def test_what_was_told_is_told_for_ninety_days(versions: Versions) -> None:
    versions.publish("r2", SECOND, CORRECTED)
    until = SECOND + timedelta(days=90) - timedelta(seconds=1)
    assert versions.publish("r3", until, CORRECTED) == SECOND_ROWS
    assert versions.publish("r4", until + timedelta(seconds=1), CORRECTED) == []


def test_a_day_that_was_open_when_readers_saw_it_restates_nothing(versions: Versions) -> None:
    day = """
        insert into published.marts.fct_engagement_daily
            select * replace (date '2026-03-02' as date_day, {} as views)
            from published.marts.fct_engagement_daily
    """
    assert versions.publish("r2", FIRST + timedelta(hours=1), day.format(4)) == []
    assert versions.publish("r3", SECOND, day.format(5)) == []
    key = DAY.replace("2026-03-01", "2026-03-02")
    told = ("fct_engagement_daily", key, "views", "5", "6", "source_restatement")
    assert versions.publish("r4", THIRD, day.format(6)) == [("r4", THIRD, "r3", *told)]
