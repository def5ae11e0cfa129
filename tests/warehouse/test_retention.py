"""What may be stored only so long goes from raw and landing, on the record, and nothing else."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from retention_house import counts, interrupt, interrupted, landed, page, purge_on
from warehouse_house import SOURCES, START, contents, land, load_all

import warehouse.retention as retention_module
from ingest.job import FetchJob
from ingest.landing import Landing
from ingest.page import Page
from warehouse.db import connect
from warehouse.retention import Rule

Con = duckdb.DuckDBPyConnection

RAW = "select fetch_id, payload ->> 'id' from raw.youtube__videos order by all"


@pytest.fixture
def mixed(con: Con, home: Path) -> tuple[str, str]:
    """Two loaded fetches, 20 nights apart, each of one page with our and another's videos."""
    asked = {"requested_ids": ["a", "b", "gone"]}
    fetches = [
        land(home, "youtube", [page(a="ours", b="theirs")], night, asked) for night in (0, 20)
    ]
    load_all(con, home)
    return fetches[0].fetch_id, fetches[1].fetch_id


def test_only_old_rows_of_accounts_that_may_not_be_kept_go(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    old, young = mixed
    assert counts(purge_on(con, home, 31)) == [("videos", 1, 1)]
    assert con.execute(RAW).fetchall() == [(old, "a"), (young, "a"), (young, "b")]
    assert landed(home) == [young]


@pytest.mark.parametrize(("night", "rows"), [(28.9, 0), (29, 1)])
def test_a_row_goes_before_the_next_daily_purge_would_be_too_late(
    con: Con, home: Path, mixed: tuple[str, str], night: float, rows: int
) -> None:
    assert sum(one.rows for one in purge_on(con, home, night)) == rows


def test_a_row_that_does_not_say_whose_it_is_goes_too(con: Con, home: Path) -> None:
    land(home, "youtube", [page(a=None, b="ours")])
    land(home, "youtube", [page(c=None)], context={"account_id": "ours"})
    load_all(con, home)
    purge_on(con, home, 31)
    assert {video for _, video in con.execute(RAW).fetchall()} == {"b", "c"}


def test_a_deleted_answer_does_not_look_like_a_video_the_vendor_did_not_know(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    purge_on(con, home, 31)
    asked = con.execute(
        "select context ->> '$.requested_ids' from raw.youtube__videos where fetch_id = $id",
        {"id": mixed[0]},
    ).fetchall()
    assert asked == [('["a","gone"]',)]


def test_a_fetch_of_accounts_that_may_be_kept_stays_whole(con: Con, home: Path) -> None:
    fetch = land(home, "youtube", [page(a="ours")])
    land(home, "ecb", ['<Cube time="1">x</Cube>'])
    load_all(con, home)
    before = contents(con)
    assert purge_on(con, home, 400) == []
    assert contents(con) == before and landed(home) == [fetch.fetch_id]


def test_what_was_deleted_is_on_the_record_and_a_second_purge_adds_nothing(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    purge_on(con, home, 31)
    record = con.execute("from ops.purges").fetchall()
    now = START + timedelta(days=31)
    rule = "accounts without authorisation: 30 days"
    older_than = now - timedelta(days=23)
    assert record == [("p", now, "youtube", "videos", 1, 1, older_than, rule)]
    before = contents(con)
    assert purge_on(con, home, 31, "again") == []
    assert con.execute("from ops.purges").fetchall() == record
    assert contents(con) == before


def test_a_fetch_that_spans_the_limit_loses_its_file_once(con: Con, home: Path) -> None:
    job = FetchJob(START.date(), START.date(), START)
    with Landing(home / "landing").begin(SOURCES["youtube"], job, "plan", True) as writer:
        for hours in (0, 5):
            at = START + timedelta(hours=hours)
            content = page(**{f"v{hours}": "theirs"})
            writer.write("videos", Page(200, {}, content, {}, at, {"method": "GET"}), {})
    load_all(con, home)
    two_days = Rule("youtube", 2, frozenset())
    assert counts(purge_on(con, home, 1, rule=two_days)) == [("videos", 1, 1)]
    assert [video for _, video in con.execute(RAW).fetchall()] == ["v5"]
    assert counts(purge_on(con, home, 1.5, rule=two_days)) == [("videos", 1, 0)]


def test_a_dry_run_says_the_same_and_changes_nothing(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    before, files = contents(con), landed(home)
    dry = purge_on(con, home, 31, is_dry=True)
    assert contents(con) == before and landed(home) == files
    assert con.execute("select count(*) from ops.purges").fetchall() == [(0,)]
    assert dry == purge_on(con, home, 31)


def test_the_manifest_stays_and_says_what_was_purged(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    path = home / "landing" / "youtube" / mixed[0] / "manifest.json"
    before = json.loads(path.read_bytes())
    purge_on(con, home, 31)
    after = json.loads(path.read_bytes())
    at = after["streams"]["videos"].pop("purged_at")
    assert datetime.fromisoformat(at) == START + timedelta(days=31)
    del before["streams"]["videos"]["purged_at"]
    assert after == before


def test_load_neither_loads_a_purged_fetch_again_nor_calls_it_corrupt(
    con: Con, home: Path, mixed: tuple[str, str]
) -> None:
    purge_on(con, home, 31)
    again = load_all(con, home)
    assert (again.fetch_ids, again.refused) == ((), ())
    with connect(home / "other") as anew:  # raw was lost: what is left in landing makes it again
        rebuilt = load_all(anew, home)
        assert rebuilt.refused == () and {*rebuilt.fetch_ids} == {*mixed}
        assert [fetch for fetch, _ in anew.execute(RAW).fetchall()] == [mixed[1]] * 2
        status = anew.execute(
            "select fetch_id, status from raw.fetch_streams where source = 'youtube' order by 1"
        ).fetchall()
    assert status == [(mixed[0], "purged"), (mixed[1], "accepted")]


def test_what_could_not_be_loaded_goes_as_a_whole(con: Con, home: Path) -> None:
    manifest = land(home, "youtube", [page(a="ours")])
    (manifest.folder / "manifest.json").write_text("no json")
    assert load_all(con, home).refused
    assert purge_on(con, home, 28) == []
    assert counts(purge_on(con, home, 31)) == [("videos", 0, 1)]
    assert landed(home) == []


def test_pages_of_an_old_interrupted_fetch_go(con: Con, home: Path) -> None:
    for name, night in (("youtube-old", 0), ("youtube-young", 26), ("ecb-old", 0)):
        interrupt(home, name, night)
    purge_on(con, home, 31)
    assert interrupted(home) == ["ecb-old", "youtube-young"]


@pytest.mark.parametrize("step", ["_delete_rows", "_record", "_mark_manifest", "sync", "unlink"])
def test_a_purge_killed_at_any_step_is_finished_by_the_next(
    home: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for night in (0, 1):
        land(home, "youtube", [page(a="ours", b="theirs")], night)
    with connect(home) as con:
        load_all(con, home)
    child = os.fork()
    if not child:  # dies just before, and in its own process, so that nothing is cleaned up
        _die_at(step, monkeypatch)
        with connect(home) as con:
            purge_on(con, home, 40, "killed")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    with connect(home) as con:
        assert load_all(con, home).refused == ()
        purge_on(con, home, 40, "next")
        assert {video for _, video in con.execute(RAW).fetchall()} == {"a"}
        gone = con.execute("select sum(row_count)::int, sum(fetches)::int from ops.purges")
        assert gone.fetchall() == [(2, 2)]
        assert landed(home) == []
        assert load_all(con, home).fetch_ids == ()
    with connect(home / "other") as anew:
        assert load_all(anew, home).refused == ()


def _die_at(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    place: tuple[Any, str] = (Path, step) if step == "unlink" else (retention_module, step)
    dying: Callable[..., None] = die
    monkeypatch.setattr(*place, dying)
