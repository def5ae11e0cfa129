"""Purges run daily, but only one in several has something to do: each makes a full build."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from retention_house import (
    RULE,
    SHAPES,
    counts,
    interrupt,
    interrupted,
    landed,
    page,
    purge_on,
)
from warehouse_house import START, land, load_all

from warehouse.builds import begin_build, finish_build
from warehouse.retention import Rule

Con = duckdb.DuckDBPyConnection
THEIRS = "from raw.youtube__videos where payload ->> 'channel' = 'theirs'"
# With 30 days a purge has something to do when something is 29 days old, and takes what is 23.
DUE, ALONG, YOUNG = 0, 6, 6.1


def theirs(con: Con, *columns: str) -> list[tuple[object, ...]]:
    return con.execute(f"select {', '.join(columns)} {THEIRS} order by all").fetchall()


def build(con: Con) -> bool:
    """Whether the build had to be a full one."""
    scope = begin_build(con, "run", "models", SHAPES.keys())
    finish_build(con)
    return scope.is_full


def test_in_40_nights_with_a_daily_purge_one_build_of_seven_is_full_and_no_row_is_too_old(
    con: Con, home: Path
) -> None:
    full = []
    for night in range(40):
        land(home, "youtube", [page(a="ours", b="theirs")], night)
        load_all(con, home)
        # An hour after the fetch. What stands now is never older than just before its purge.
        now = START + timedelta(days=night, hours=1)
        ((oldest,),) = theirs(con, "min(observed_at)")
        assert now - oldest < timedelta(days=30)
        purge_on(con, home, night + 1 / 24)
        if build(con):
            full.append(night)
    assert full == [0, 29, 36]
    assert [at for (at,) in theirs(con, "observed_at")] == [
        START + timedelta(days=night) for night in range(14, 40)
    ]
    assert len(landed(home)) == 26
    batches = con.execute("select row_count, fetches from ops.purges order by purged_at")
    assert batches.fetchall() == [(7, 7), (7, 7)]


@pytest.mark.parametrize(
    ("keep_days", "due", "older_than"),
    [(30, 29, 23), (60, 59, 53), (28, 27, 21), (12, 11, 9), (7, 6, 6), (2, 1, 1)],
)
def test_a_batch_is_a_week_at_most_a_quarter_of_the_limit_and_never_less_than_is_due(
    keep_days: int, due: int, older_than: int
) -> None:
    rule = Rule("youtube", keep_days, frozenset())
    assert rule.due(START) == START - timedelta(days=due)
    assert rule.older_than(START) == START - timedelta(days=older_than)


@pytest.mark.parametrize(
    ("what", "goes"),
    [
        ("nothing", []),
        ("a row", [("videos", 2, 3)]),
        ("a landed file", [("videos", 1, 3)]),
        ("an interrupted fetch", [("videos", 1, 2)]),
    ],
)
def test_what_is_due_takes_everything_of_the_batch_along_and_without_it_nothing_goes(
    con: Con, home: Path, what: str, goes: list[tuple[str, int, int]]
) -> None:
    land(home, "youtube", [page(b="theirs")], ALONG)
    unloaded = land(home, "youtube", [page(c="theirs")], ALONG)
    (unloaded.folder / "manifest.json").write_text("no json")
    young = land(home, "youtube", [page(d="theirs")], 7)
    if what in {"a row", "a landed file"}:
        due = land(home, "youtube", [page(a="theirs")], DUE)
        if what == "a landed file":
            (due.folder / "manifest.json").write_text("no json")
    load_all(con, home)
    interrupt(home, "youtube-along", ALONG)
    interrupt(home, "youtube-young", YOUNG)
    if what == "an interrupted fetch":
        interrupt(home, "youtube-due", DUE)
    dry = purge_on(con, home, 29, is_dry=True)
    assert purge_on(con, home, 29) == dry
    assert counts(dry) == goes
    if what == "nothing":
        assert len(landed(home)) == 3
        assert interrupted(home) == ["youtube-along", "youtube-young"]
    else:
        assert landed(home) == [young.fetch_id]
        assert interrupted(home) == ["youtube-young"]
    assert purge_on(con, home, 29) == []


def test_a_file_that_a_killed_purge_left_goes_though_nothing_is_due(
    con: Con, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(home, "youtube", [page(a="theirs")], DUE)
    load_all(con, home)
    with monkeypatch.context() as dying:
        dying.setattr("warehouse.retention._delete_files", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            purge_on(con, home, 29)
    assert theirs(con, "fetch_id") == [] and len(landed(home)) == 1
    assert purge_on(con, home, 30) == []
    assert landed(home) == []


def test_another_source_in_which_nothing_is_due_is_left_alone(con: Con, home: Path) -> None:
    land(home, "youtube", [page(b="theirs")], ALONG)
    load_all(con, home)
    for name, night in (("instagram-due", DUE), ("youtube-along", ALONG)):
        interrupt(home, name, night)
    assert purge_on(con, home, 29, rule=Rule("instagram", 30, frozenset())) == []
    assert purge_on(con, home, 29) == []
    assert interrupted(home) == ["youtube-along"]
    assert len(theirs(con, "fetch_id")) == 1


def test_when_an_account_revokes_all_of_it_that_is_too_old_goes_at_the_next_purge(
    con: Con, home: Path
) -> None:
    for night in (0, 50, 76, 90):
        land(home, "youtube", [page(a="ours")], night)
    load_all(con, home)
    assert purge_on(con, home, 100) == []
    # Night 76 is not too old yet, and goes along.
    revoked = Rule("youtube", 30, RULE.kept_accounts - {"ours"})
    assert counts(purge_on(con, home, 100, rule=revoked)) == [("videos", 3, 3)]
    assert con.execute("select observed_at from raw.youtube__videos").fetchall() == [
        (START + timedelta(days=90),)
    ]
