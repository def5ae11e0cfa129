"""A fetch is visible whole or not at all, and says of itself what it holds."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import orjson
import pytest
import zstandard
from ingest_vendor import NOW, landed_pages, make_job

from ingest.page import Page
from ingest.sources.youtube import SOURCE as YOUTUBE

if TYPE_CHECKING:
    from ingest.landing import FetchWriter, Landing
    from ingest.manifest import Manifest

ROOT = Path(__file__).parents[2]


def make_page(body: bytes, at: datetime = NOW, *, is_text: bool = False) -> Page:
    request = {"method": "GET", "path": "/x", "params": {"q": "1"}}
    return Page(200, {}, body, None if is_text else orjson.loads(body), at, request)


def begin(landing: Landing, **job: Any) -> FetchWriter:
    return landing.begin(YOUTUBE, make_job("UC1", **job), "hash", True, "0.1")


def land(landing: Landing, body: bytes = b'{"items": []}', **job: Any) -> Manifest:
    with begin(landing, **job) as writer:
        writer.write("videos", make_page(body), {"requested_ids": ["v1"]})
        return writer.commit()


def files_below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_landed_page_is_the_vendors_bytes_with_what_was_asked_and_when(
    landing: Landing,
) -> None:
    raw = b'{ "items":\n [ {"id": 9007199254740993, "n": 1.10, "s": "\\u00e9\xc3\xa9"} ] }'
    manifest = land(landing, raw)
    path = manifest.folder / "videos.json.zst"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest.streams["videos"].sha256
    assert path.stat().st_size == manifest.streams["videos"].bytes
    (page,) = landed_pages(manifest, "videos")
    assert page["sha256"] == hashlib.sha256(raw).hexdigest()
    assert page["observed_at"] == "2026-11-23T02:30:00Z"
    assert page["request"] == {"method": "GET", "path": "/x", "params": {"q": "1"}}
    assert page["context"] == {"requested_ids": ["v1"]}
    assert raw in _unpacked(path)


def _unpacked(path: Path) -> bytes:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()


def test_duckdb_reads_many_frames_of_json_and_of_text(landing: Landing) -> None:
    big = orjson.dumps({"items": [{"id": str(n), "x": "y" * 900} for n in range(400)]})
    text = b"<a>\n 'quoted' \"twice\" \xc3\xa9</a>"
    with begin(landing) as writer:
        for _ in range(8):
            writer.write("videos", make_page(big), {"requested_ids": ["v1"]})
        writer.write("channels", make_page(text, is_text=True), {})
        manifest = writer.commit()
    columns = "{page: 'INTEGER', observed_at: 'TIMESTAMPTZ', is_text: 'BOOLEAN', body: 'JSON'}"
    read = f"read_json(?, format = 'unstructured', columns = {columns})"

    def query(sql: str, stream: str) -> list[Any]:
        files = [str(manifest.folder / file) for file in manifest.streams[stream].files]
        return duckdb.execute(f"{sql} from {read}", [files]).fetchall()

    totals = "select count(*), max(page), sum(json_array_length(body, '$.items'))"
    assert query(totals, "videos") == [(8, 7, 3200)]
    assert query("select is_text, body ->> '$'", "channels") == [(True, text.decode())]
    assert manifest.streams["videos"].pages == 8


def test_the_manifest_on_disk_is_the_manifest_that_was_returned(landing: Landing) -> None:
    with begin(landing) as writer:
        writer.write("videos", make_page(b"{}", NOW + timedelta(seconds=5)), {})
        writer.write("videos", make_page(b"{}", NOW), {})
        writer.problem("videos", {"video": "v"}, "not_found", "gone")
        manifest = writer.commit()
    assert landing.fetches() == [manifest] == landing.fetches("youtube")
    assert landing.fetches("instagram") == []
    on_disk = json.loads((manifest.folder / "manifest.json").read_text())
    assert on_disk["fetch_id"].startswith("20261123T023000000000Z-")
    assert on_disk["observed_to"] == "2026-11-23T02:30:05Z"
    assert on_disk["is_simulated"] is True
    assert on_disk["problems"] == [
        {"stream": "videos", "context": {"video": "v"}, "reason": "not_found", "detail": "gone"}
    ]
    assert (on_disk["since"], on_disk["code_version"]) == ("2026-11-21", "0.1")


def test_nothing_is_visible_before_the_commit_and_nothing_remains_after_it(
    landing: Landing,
) -> None:
    writer = begin(landing)
    writer.write("videos", make_page(b"{}"), {})
    assert landing.fetches() == []
    manifest = writer.commit()
    assert files_below(landing.root) == sorted(
        [
            ".partial/.lock",
            f"youtube/{manifest.fetch_id}/manifest.json",
            f"youtube/{manifest.fetch_id}/videos.json.zst",
        ]
    )


def test_a_fetch_that_fails_leaves_nothing(landing: Landing) -> None:
    with pytest.raises(RuntimeError), begin(landing) as writer:
        writer.write("videos", make_page(b"{}"), {})
        raise RuntimeError
    assert landing.fetches() == []
    assert files_below(landing.root) == [".partial/.lock"]


def test_a_commit_that_fails_leaves_nothing(landing: Landing) -> None:
    landing.root.mkdir()
    (landing.root / "youtube").write_text("in the way")
    with pytest.raises(FileExistsError):
        land(landing)
    assert files_below(landing.root) == [".partial/.lock", "youtube"]


def test_the_same_fetch_twice_is_one_fetch(landing: Landing) -> None:
    assert land(landing) == land(landing)
    assert len(landing.fetches()) == 1
    assert files_below(landing.root / ".partial") == [".lock"]


def test_other_pages_or_another_window_are_another_fetch(landing: Landing) -> None:
    ids = {
        land(landing).fetch_id,
        land(landing, b"{}").fetch_id,
        land(landing, since=date(2026, 11, 1)).fetch_id,
    }
    assert len(ids) == len(landing.fetches()) == 3


def test_fetches_are_listed_oldest_first(landing: Landing) -> None:
    for days in (2, 0, 1):
        with begin(landing) as writer:
            writer.write("videos", make_page(b"{}", NOW - timedelta(days=days)), {})
    assert [m.observed_from.day for m in landing.fetches()] == [21, 22, 23]


def test_counters_alone_cover_no_day(landing: Landing) -> None:
    assert landing.covered_until("youtube") is None
    land(landing, kinds=frozenset({"counter"}))
    assert landing.covered_until("youtube") is None
    land(landing)
    assert landing.covered_until("youtube") == date(2026, 11, 22)


def test_pages_of_a_kind_that_was_not_asked_for_are_not_kept(landing: Landing) -> None:
    with begin(landing, kinds=frozenset({"counter"})) as writer:
        writer.write("playlist_items", make_page(b"{}"), {})
        writer.write("videos", make_page(b"{}"), {})
        assert set(writer.commit().streams) == {"videos"}


def test_an_unknown_stream_is_refused(landing: Landing) -> None:
    with begin(landing) as writer, pytest.raises(KeyError, match="no stream nonsense"):
        writer.write("nonsense", make_page(b"{}"), {})


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from test_landing import begin, make_page
from ingest.landing import Landing
import ingest.landing as module
if sys.argv[2] == "after the rename":
    module._sync_folder, real = (lambda path: None), module._sync_folder
    def stop(path):
        real(path)
        if path.name == "youtube":
            print("ready", flush=True)
            time.sleep(60)
    module._sync_folder = stop
writer = begin(Landing(Path(sys.argv[1])))
writer.write("videos", make_page(b'{{"items": []}}'), {{}})
if sys.argv[2] == "after the rename":
    writer.commit()
writer._files["videos"]._flush()
print("ready", flush=True)
time.sleep(60)
"""


def kill_a_writer(landing: Landing, where: str) -> None:
    code = KILLED.format(root=str(ROOT), tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", code, str(landing.root), where]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGKILL)


def test_a_writer_that_was_killed_shows_nothing_and_the_next_one_cleans_up(
    landing: Landing,
) -> None:
    kill_a_writer(landing, "while writing")
    assert landing.fetches() == []
    assert len(list((landing.root / ".partial").glob("youtube-*"))) == 2
    manifest = land(landing)
    assert landing.fetches() == [manifest]
    assert files_below(landing.root / ".partial") == [".lock"]


def test_a_writer_killed_after_the_rename_has_landed_and_leaves_nothing_for_long(
    landing: Landing,
) -> None:
    kill_a_writer(landing, "after the rename")
    assert len(landing.fetches()) == 1
    land(landing)
    assert files_below(landing.root / ".partial") == [".lock"]


def test_the_partial_fetch_of_a_living_writer_is_left_alone(landing: Landing) -> None:
    with begin(landing) as first:
        first.write("videos", make_page(b"{}"), {})
        land(landing, b'{"items": [1]}')
        first.commit()
    assert len(landing.fetches()) == 2


def test_pages_may_be_written_by_many_threads(
    landing: Landing,
) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        _write_from_many_threads(landing)
    finally:
        sys.setswitchinterval(before)


def _write_from_many_threads(landing: Landing) -> None:
    with begin(landing) as writer:
        page = make_page(b'{"items": [1]}')
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: writer.write("videos", page, {"n": n}), range(3000)))
        pages = landed_pages(writer.commit(), "videos")
    assert [page["page"] for page in pages] == list(range(3000))
    assert {page["context"]["n"] for page in pages} == set(range(3000))


def test_a_job_without_a_time_zone_or_with_days_reversed_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        make_job(now=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="after until"):
        make_job(since=date(2026, 12, 1))
    assert make_job(now=datetime(2026, 1, 1, tzinfo=UTC)).kinds == {"counter", "dated", "entity"}
