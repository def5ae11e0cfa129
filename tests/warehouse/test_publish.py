"""Marts to readers: whole versions only, ever."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from warehouse_house import Gate, build_marts, land, load_all, spawn, videos

from warehouse.db import connect
from warehouse.errors import CannotPublish, UnknownVersion
from warehouse.fingerprint import differing, fingerprint, fingerprints
from warehouse.publish import READER_CONFIG, publish
from warehouse.quality import Finding, record_gate
from warehouse.versions import (
    CURRENT,
    Version,
    current_run_id,
    keep_newest,
    published_rows,
    rollback,
    versions,
)

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def house(home: Path) -> Path:
    """A home with two loaded sources, one of them old, and marts stamped 1."""
    land(home, "instagram", [b'{"id": "1784"}'], 0)
    land(home, "youtube", [videos(3)], 0)
    land(home, "youtube", [videos(3)], 3)
    with connect(home) as con:
        load_all(con, home)
    build_marts(home, stamp=1)
    return home


def _publish(house: Path, run_id: str, hours: int = 0, keep: int = 14) -> Version:
    return publish(house, run_id, "passed", NOW + timedelta(hours=hours), keep=keep)


def _read(house: Path, sql: str) -> list[tuple[object, ...]]:
    path = str(house / "published" / CURRENT)
    with duckdb.connect(path, read_only=True, config={**READER_CONFIG}) as con:
        return con.execute(sql).fetchall()


def test_readers_get_tables_views_and_comments(house: Path) -> None:
    _publish(house, "r1")
    assert _read(house, "select count(*), min(stamp) from marts.rpt_influencer_roi") == [(50, 1)]
    assert _read(house, "select count(*), any_value(note) from marts.influencer_roi") == [
        (25, "warehouse.marts")
    ]
    comments = (
        "select comment from duckdb_tables() where table_name = 'rpt_influencer_roi' union all"
        " select comment from duckdb_columns() where comment is not null"
        " and table_name like '%influencer_roi' order by 1"
    )
    assert _read(house, comments) == [
        ("After refunds.",),
        ("Of the view.",),
        ("One row per influencer's window.",),
    ]
    assert not list((house / "published").rglob("*.wal"))
    assert not list((house / "published").rglob("*.tmp*"))


def test_each_source_says_how_fresh_and_how_complete_it_is(house: Path) -> None:
    _publish(house, "r1", hours=50)
    rows = _read(
        house,
        "select source, run_id, gate_verdict, last_observed_at::varchar, days_covered, is_stale,"
        " is_simulated from marts.publication order by source",
    )
    assert rows == [
        ("instagram", "r1", "passed", "2026-03-01 03:00:00+00", 1, True, True),
        ("youtube", "r1", "passed", "2026-03-04 03:00:00+00", 2, False, True),
    ]


def test_a_source_that_is_set_up_has_a_row_that_says_why_it_is_missing(house: Path) -> None:
    land(house, "ecb", ["no rates"], 3)
    with connect(house) as con:
        refused = Gate({(land(house, "ecb", ["<x/>"], 4).fetch_id, "ecb", "rates"): "told to"})
        load_all(con, house, refused)
    sources = {"youtube": "vendor unavailable", "shopify": None, "impact": "credential refused"}
    publish(house, "r1", "passed", NOW + timedelta(hours=71), sources=sources)
    rows = _read(
        house,
        "select source, last_observed_at is null, days_covered, is_stale, days_behind,"
        " stale_because from marts.publication order by source",
    )
    assert rows == [
        ("ecb", False, 1, True, 1, "refused by the gate: rates"),
        ("impact", True, 0, True, None, "last try failed: credential refused"),
        ("instagram", False, 1, True, 4, "not read for 36 hours"),
        ("shopify", True, 0, True, None, "never read"),
        ("youtube", False, 2, True, 1, "last try failed: vendor unavailable"),
    ]
    # Stories, which live for a day, are stale sooner.
    with connect(house) as con:
        con.execute(
            "update raw.fetches set source = 'instagram_stories' where source = 'instagram';"
            "update raw.fetch_streams set source = 'instagram_stories' where source = 'instagram'"
        )
    publish(house, "r2", "passed", NOW - timedelta(hours=4))
    assert _read(
        house,
        "select stale_because from marts.publication where source = 'instagram_stories'",
    ) == [("not read for 20 hours",)]
    # One good fetch more, and what was refused before it does not matter.
    land(house, "ecb", ["no rates"], 5)
    with connect(house) as con:
        load_all(con, house)
    publish(house, "r2", "passed", NOW + timedelta(hours=95), sources={"youtube": None})
    assert _read(
        house,
        "select source, days_behind, stale_because from marts.publication"
        " where source in ('ecb', 'youtube') order by source",
    ) == [("ecb", 0, None), ("youtube", 2, "not read for 36 hours")]


def test_when_every_source_stopped_all_are_stale(house: Path) -> None:
    _publish(house, "r1", hours=24 * 30)
    assert _read(house, "select bool_and(is_stale) from marts.publication") == [(True,)]


@pytest.mark.parametrize(
    "attempt",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to 'stolen.csv'",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "create table marts.mine as select 1",
    ],
)
def test_a_reader_can_reach_nothing_but_the_published_file(house: Path, attempt: str) -> None:
    _publish(house, "r1")
    with pytest.raises(duckdb.Error):
        _read(house, attempt)


def test_every_mart_is_a_parquet_file_too(house: Path) -> None:
    version = _publish(house, "r1")
    marts = {
        "dim_influencers",
        "fct_roi_daily",
        "publication",
        "rpt_influencer_roi",
        "rpt_restatements",
    }
    assert {path.stem for path in version.folder.glob("*.parquet")} == marts
    for mart in marts:
        parquet = duckdb.read_parquet(str(version.folder / f"{mart}.parquet")).fetchall()
        assert sorted(parquet) == sorted(_read(house, f"from marts.{mart}"))


def test_pandas_reads_the_parquet_without_duckdb(house: Path) -> None:
    pytest.importorskip("pyarrow", reason="pandas reads Parquet with pyarrow, which is missing")
    version = _publish(house, "r1")
    frame = pd.read_parquet(version.folder / "rpt_influencer_roi.parquet")
    assert len(frame) == 50 and set(frame["stamp"]) == {1}


def test_the_manifest_holds_rows_hashes_gates_and_sources(house: Path) -> None:
    with connect(house) as con:
        finding = Finding(
            *("marts", "marts.fct_roi_daily", "key_nulls", "", "critical"), 0.0, "<= 0", True, "m"
        )
        record_gate(con, "r1", [finding], NOW)
        record_gate(con, "r1", [finding], NOW)
    version = publish(house, "r1", "warned", NOW, code_version="0.1.0")
    told = json.loads((version.folder / "manifest.json").read_text())
    assert (told["run_id"], told["verdict"], told["code_version"]) == ("r1", "warned", "0.1.0")
    assert told["as_of"] == "2026-03-04T03:00:00+00:00" and told["is_simulated"] is True
    assert told["tables"]["marts.fct_roi_daily"]["rows"] == 50
    assert [source["source"] for source in told["sources"]] == ["instagram", "youtube"]
    assert [gate["check_name"] for gate in told["gates"]] == ["key_nulls"]
    for name, file in told["files"].items():
        content = (version.folder / name).read_bytes()
        assert file == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert published_rows(house)["marts.fct_roi_daily"] == 50
    note = json.loads((house / "published" / "current.json").read_text())
    assert note["run_id"] == "r1"


def test_the_same_run_may_publish_again(house: Path) -> None:
    _publish(house, "r1")
    build_marts(house, stamp=2)
    version = _publish(house, "r1", hours=1)
    assert version.is_current and [one.run_id for one in versions(house)] == ["r1"]
    assert _read(house, "select distinct stamp from marts.fct_roi_daily") == [(2,)]


def test_rollback_makes_an_older_version_current_and_back_again(house: Path) -> None:
    for stamp in (1, 2, 3):
        build_marts(house, stamp)
        _publish(house, f"r{stamp}", hours=stamp)
    assert [one.run_id for one in versions(house)] == ["r3", "r2", "r1"]
    assert rollback(house, "r1").is_current
    assert current_run_id(house) == "r1"
    assert _read(house, "select distinct stamp from marts.fct_roi_daily") == [(1,)]
    rollback(house, "r3")
    assert [one.run_id for one in versions(house) if one.is_current] == ["r3"]
    with pytest.raises(UnknownVersion, match="there are: r3, r2, r1"):
        rollback(house, "r9")


def test_only_so_many_of_the_last_days_are_kept_and_the_current_one_always(house: Path) -> None:
    for number in range(5):
        _publish(house, f"r{number}", hours=number, keep=3)
    assert [one.run_id for one in versions(house)] == ["r4", "r3", "r2"]
    _publish(house, "r0", hours=-1, keep=1)
    assert {one.run_id for one in versions(house)} == {"r4", "r3", "r0"}


def test_all_versions_of_two_days_stay_then_one_a_day_for_a_month(house: Path) -> None:
    newest = datetime(2026, 3, 31, 21, tzinfo=UTC)
    for hours in range(0, 24 * 40, 12):  # published at 21:00 and 9:00 of each day
        folder = house / "published" / "versions" / f"h{hours:04}"
        folder.mkdir(parents=True)
        told = {
            "run_id": folder.name,
            "published_at": (newest - timedelta(hours=hours)).isoformat(),
            "as_of": newest.isoformat(),
            "verdict": "passed",
            "is_simulated": True,
            "tables": {},
        }
        (folder / "manifest.json").write_text(json.dumps(told))
    gone = keep_newest(house, 32, timedelta(days=2), timedelta(days=30))
    left = [one.run_id for one in versions(house)]
    evenings = {f"h{24 * day:04}" for day in range(30)}
    assert {*left} == evenings | {"h0012", "h0036"}
    assert len(left) + len(gone) == 80
    assert keep_newest(house, 32, timedelta(days=2), timedelta(days=30)) == []


def test_after_a_long_pause_there_is_a_version_to_go_back_to(house: Path) -> None:
    for number, hours in enumerate((0, 24, 24 * 100)):
        _publish(house, f"r{number}", hours=hours)
    assert [one.run_id for one in versions(house)] == ["r2", "r1"]


@pytest.mark.parametrize("run_id", ["../r1", "", ".hidden", "a/b", "r1.tmp", "x" * 200])
def test_a_run_id_that_is_no_file_name_is_refused(house: Path, run_id: str) -> None:
    with pytest.raises(CannotPublish, match="cannot name a version"):
        _publish(house, run_id)


def test_a_failed_gate_publishes_nothing(house: Path) -> None:
    _publish(house, "r1")
    with pytest.raises(CannotPublish, match="verdict is 'failed'"):
        publish(house, "r2", "failed", NOW)
    assert current_run_id(house) == "r1"


def test_a_warehouse_without_marts_publishes_nothing(home: Path) -> None:
    with pytest.raises(CannotPublish, match="no marts yet"):
        _publish(home, "r1")
    assert versions(home) == [] and not (home / "published" / CURRENT).exists()


def test_a_view_of_something_unpublished_leaves_the_old_version(house: Path) -> None:
    _publish(house, "r1")
    with connect(house) as con:
        con.execute(
            "create schema intermediate; create table intermediate.t as select 1 as a;"
            "create view marts.campaign_roi as select * from warehouse.intermediate.t"
        )
    with pytest.raises(CannotPublish, match="intermediate"):
        _publish(house, "r2")
    assert current_run_id(house) == "r1" and len(versions(house)) == 1
    assert not list((house / "published").rglob("*.tmp*"))


def test_what_a_killed_publish_left_is_cleaned_up_and_undone(house: Path) -> None:
    version = _publish(house, "r1")
    published = house / "published"
    version.folder.rename(version.folder.with_name("r1.replaced.tmp"))
    (published / "versions" / "r2.tmp").mkdir()
    (published / "versions" / "r2.tmp" / "microlift.duckdb.wal").write_text("x")
    (published / "current.duckdb.tmp").write_text("x")
    _publish(house, "r3", hours=1)
    assert {one.run_id for one in versions(house)} == {"r1", "r3"}
    assert not list(published.rglob("*.tmp*"))


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_table_that_only_one_of_two_files_holds_differs(tmp_path: Path, lacking: int) -> None:
    files = [tmp_path / "one.duckdb", tmp_path / "other.duckdb"]
    for number, file in enumerate(files):
        with duckdb.connect(str(file)) as con:
            con.execute("create schema marts; create table marts.same as select 1 as value")
            con.execute("create schema quality; create table quality.kept as select 1 as value")
            con.execute(f"create table marts.other as select {number} as value")
            if number == lacking:
                con.execute("drop table quality.kept")
    found = differing(*map(fingerprints, files))
    assert found == ["marts.other", "quality.kept"]


def test_a_fingerprint_sees_every_change_but_not_the_order_or_the_stamp(house: Path) -> None:
    _publish(house, "r1")
    current = house / "published" / CURRENT
    first = fingerprint(current)
    _publish(house, "r2", hours=1)
    assert fingerprint(current) == first
    with connect(house) as con:
        before = fingerprint(con)
        con.execute(
            "create or replace table marts.fct_roi_daily as"
            " select * from marts.fct_roi_daily order by id desc"
        )
        assert fingerprint(con) == before
        for change in (
            "update marts.fct_roi_daily set net_revenue = net_revenue + 0.01 where id = 7",
            "update marts.fct_roi_daily set is_default = null where id = 7",
            "insert into marts.fct_roi_daily from marts.fct_roi_daily limit 2",
            "alter table marts.fct_roi_daily rename column id to other_id",
        ):
            con.execute(change)
            after = fingerprint(con)
            assert after["fct_roi_daily"] != before["fct_roi_daily"], change
            assert after["dim_influencers"] == before["dim_influencers"]
            before = after


READER = """
import duckdb
from warehouse.publish import READER_CONFIG
tables = ("fct_roi_daily", "rpt_influencer_roi", "dim_influencers", "influencer_roi")
print("ready", flush=True)
reads = 0
while not __import__("pathlib").Path(sys.argv[2]).exists():
    with duckdb.connect(sys.argv[1], read_only=True, config={**READER_CONFIG}) as con:
        seen = [
            con.execute(f"select min(stamp), max(stamp), count(*) from marts.{t}").fetchone()
            for t in tables
        ]
        run = con.execute("select distinct run_id from marts.publication").fetchall()
    stamps = {stamp for low, high, _ in seen for stamp in (low, high)}
    assert len(stamps) == 1 and run == [(f"r{stamps.pop()}",)], (seen, run)
    assert [count for *_, count in seen] == [50, 50, 50, 25], seen
    reads += 1
print(reads)
"""


def test_a_reader_in_a_loop_sees_whole_versions_only_during_ten_publishes(house: Path) -> None:
    _publish(house, "r1")
    stop = house / "stop"
    reader = spawn(READER, house / "published" / CURRENT, stop)
    try:
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"
        for stamp in range(2, 12):
            build_marts(house, stamp)
            _publish(house, f"r{stamp}", hours=stamp)
    finally:
        stop.touch()
        out, err = reader.communicate(timeout=30)
    assert reader.returncode == 0, err
    assert int(out) >= 10


def test_a_reader_that_keeps_the_file_open_keeps_its_version(house: Path) -> None:
    _publish(house, "r1")
    reader = spawn(
        "import duckdb, pathlib, time\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('open', flush=True)\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.01)\n"
        "print(con.execute('select distinct stamp from marts.fct_roi_daily').fetchall())",
        house / "published" / CURRENT,
        house / "stop",
    )
    assert reader.stdout
    assert reader.stdout.readline() == "open\n"
    build_marts(house, stamp=2)
    started = time.monotonic()
    _publish(house, "r2", keep=1)
    assert time.monotonic() - started < 10
    (house / "stop").touch()
    out, err = reader.communicate(timeout=30)
    assert out == "[(1,)]\n", err
