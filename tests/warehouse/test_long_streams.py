"""A stream that is too long for one file is one stream all the same, and loads in little memory."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from warehouse_house import SOURCES, START, contents, land, load_all, videos

from ingest import stream_file
from ingest.job import FetchJob
from ingest.landing import FetchWriter, Landing
from ingest.manifest import Manifest
from ingest.page import Page
from warehouse import db
from warehouse.retention import Rule, purge
from warehouse.rows import insert_rows

Con = duckdb.DuckDBPyConnection

PAGES = [videos(2, first=2 * number) for number in range(12)]
ROWS = "select page, payload ->> 'id' from raw.youtube__videos order by rowid"
FILES = ["videos.json.zst", *(f"videos.{number:04d}.json.zst" for number in range(1, 12))]


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is a file."""
    monkeypatch.setattr(stream_file, "_FRAME_BYTES", 1)
    monkeypatch.setattr(stream_file, "_PART_BYTES", 1)


@pytest.fixture
def long(home: Path, short_files: None) -> Manifest:
    """One fetch of twelve files."""
    return land(home, "youtube", PAGES)


def test_its_files_hold_its_pages_in_order(con: Con, home: Path, long: Manifest) -> None:
    told = long.streams["videos"]
    assert (list(told.files), told.pages) == (FILES, 12)
    assert Manifest.read(long.folder / "manifest.json") == long
    assert load_all(con, home).rows == 24
    assert con.execute(ROWS).fetchall() == [(n // 2, f"v{n}") for n in range(24)]
    counted = con.execute("select pages, row_count from raw.fetch_streams").fetchall()
    assert counted == [(12, 24)]


def test_a_stream_that_is_not_long_is_one_file(con: Con, home: Path) -> None:
    assert land(home, "youtube", PAGES).streams["videos"].files == ("videos.json.zst",)


@pytest.mark.parametrize("number", [0, 7, 11])
@pytest.mark.parametrize("what", ["lost", "cut", "exchanged", "miscounted"])
def test_any_file_amiss_keeps_the_fetch_out(
    con: Con, home: Path, long: Manifest, number: int, what: str
) -> None:
    path, other = long.folder / FILES[number], long.folder / FILES[5]
    if what == "lost":
        path.unlink()
    elif what == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif what == "exchanged":
        path.write_bytes(other.read_bytes())
    else:  # two lies that agree with the stream's total
        manifest = long.folder / "manifest.json"
        told = json.loads(manifest.read_bytes())
        told["streams"]["videos"]["parts"][max(number, 1) - 1]["pages"] += 1
        told["streams"]["videos"]["parts"][3]["pages"] -= 1
        manifest.write_text(json.dumps(told))
    report = load_all(con, home)
    assert [one.fetch_id for one in report.refused] == [long.fetch_id]
    assert con.execute(ROWS).fetchall() == []


def test_a_fetch_landed_by_an_older_release_loads(con: Con, home: Path) -> None:
    manifest = land(home, "youtube", PAGES).folder / "manifest.json"
    told = json.loads(manifest.read_bytes())
    for name in ("parts", "longest"):
        del told["streams"]["videos"][name]
    manifest.write_text(json.dumps(told))
    assert Manifest.read(manifest).streams["videos"].files == ("videos.json.zst",)
    assert load_all(con, home).rows == 24


def test_all_its_files_go_when_their_storage_rule_says_so(
    con: Con, home: Path, long: Manifest
) -> None:
    load_all(con, home)
    rule = Rule("youtube", 30, frozenset())
    shapes = {("youtube", "videos"): SOURCES["youtube"].stream("videos")}
    now = START + timedelta(days=31)
    (long.folder / FILES[3]).unlink()  # as a purge does that is killed in the middle
    (done,) = purge(con, home / "landing", shapes, [rule], "p", now)
    assert (done.rows, done.fetches) == (24, 1)
    assert [path.name for path in long.folder.iterdir()] == ["manifest.json"]


def test_what_an_interrupted_try_landed_in_several_files_is_recalled(
    home: Path, short_files: None
) -> None:
    job = FetchJob(START.date(), START.date(), START)
    questions = [{"method": "GET", "path": f"/{number}"} for number in range(12)]

    def begin() -> FetchWriter:
        return Landing(home / "landing").begin(SOURCES["youtube"], job, "", True, resumes=True)

    with pytest.raises(RuntimeError), begin() as writer:
        for body, question in zip(PAGES, questions, strict=True):
            writer.write("videos", Page(200, {}, body, {}, START, question), {})
        raise RuntimeError
    with begin() as writer:
        for body, question in zip(PAGES, questions, strict=True):
            recalled = writer.recall(question)
            assert recalled and recalled.body == body
            writer.write("videos", recalled, {})
        assert writer.commit().streams["videos"].files == tuple(FILES)


def test_pages_too_long_for_the_little_memory_load_with_more_of_it(
    con: Con, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    land(home, "youtube", PAGES)
    names = ("threads", "write_buffer_row_group_count", "disabled_compression_methods")
    before = [db._setting(con, name) for name in names]
    monkeypatch.setattr(db, "_READING_BYTES", 1 << 20)
    monkeypatch.setattr(db, "_COPIES_OF_A_PAGE", 0)
    with caplog.at_level(logging.INFO, "warehouse.load"):
        assert load_all(con, home).rows == 24
    assert "all memory there is" in caplog.text
    assert [db._setting(con, name) for name in names] == before
    assert db._setting(con, "memory_limit").endswith("GiB")


def test_too_little_memory_is_no_fault_of_the_fetch(
    con: Con, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_all(con, home)
    before = contents(con)
    land(home, "youtube", PAGES)

    def broken(*words: object, is_careful: bool) -> None:
        if not is_careful:
            raise duckdb.InvalidInputException("some page")
        insert_rows(*words, is_careful=True)  # type: ignore[arg-type]

    def exhausted(*words: object) -> None:
        raise duckdb.OutOfMemoryException("none left")

    monkeypatch.setattr("warehouse.load.insert_rows", broken)
    with monkeypatch.context() as patch, pytest.raises(duckdb.OutOfMemoryException):
        patch.setattr("warehouse.landed._parse_pages", exhausted)
        load_all(con, home)
    assert contents(con) == before
    assert load_all(con, home).rows == 24


@pytest.mark.parametrize("is_old", [False, True])
def test_row_groups_are_small_and_packed_as_well_as_the_file_allows(
    home: Path, is_old: bool
) -> None:
    if is_old:  # as a release made it that left the format to DuckDB
        home.mkdir()
        duckdb.connect(str(home / db.FILE_NAME)).close()
    with db.connect(home) as con:
        land(home, "youtube", [videos(500)] * 124)
        assert load_all(con, home).rows == 62_000
        segments = con.execute(
            "select row_group_id, sum(count), any_value(compression)"
            " from pragma_storage_info('raw.youtube__videos')"
            " where column_name = 'payload' and segment_type <> 'VALIDITY'"
            " group by row_group_id order by row_group_id"
        ).fetchall()
    packing = "FSST" if is_old else "ZSTD"
    assert segments[:2] == [(0, 30_720, packing), (1, 30_720, packing)]
