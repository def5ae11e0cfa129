"""kill -9 anywhere in a load or a publish: all or nothing, and the next one makes it good."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warehouse_house import STREAMS, build_marts, contents, land, load_all, order, orders, spawn
from warehouse_house import videos as page_of_videos

from warehouse.db import connect
from warehouse.publish import READER_CONFIG, publish
from warehouse.versions import CURRENT, versions

KILLS = 10
SECONDS = random.Random(20260301)  # noqa: S311 - where to strike, not a secret
Contents = dict[str, list[tuple[Any, ...]]]
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
# One process imports everything once and forks the one that is to be killed.
FORKER = """
import os
from datetime import UTC, datetime
from pathlib import Path
from warehouse.db import connect
from warehouse.publish import publish
from warehouse_house import load_all

def load_once(home):
    with connect(home) as con:
        load_all(con, home)

def publish_on_and_on(home):
    for number in range(100):
        publish(home, f"k{number % 3}", "passed", datetime.now(UTC))

for line in sys.stdin:
    work, home = line.split()
    child = os.fork()
    if not child:
        globals()[work](Path(home))
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""
Kill = Callable[[str, Path, float], None]


@pytest.fixture(scope="module")
def kill_after() -> Iterator[Kill]:
    """Do some work on a home, and kill it after so many seconds."""
    process = spawn(FORKER)
    assert process.stdin and process.stdout
    told, hears = process.stdin, process.stdout

    def kill(work: str, home: Path, seconds: float) -> None:
        told.write(f"{work} {home}\n")
        told.flush()
        pid = int(hears.readline())
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it was quicker
            os.kill(pid, signal.SIGKILL)
        assert int(hears.readline()) in {0, signal.SIGKILL}

    yield kill
    process.stdin.close()
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("landed")
    for night in range(12):
        land(home, "youtube", [page_of_videos(400, night, first) for first in (0, 400, 800)], night)
        land(home, "shopify", [orders(*(order(n) for n in range(200)))], night)
    return home


@pytest.fixture(scope="module")
def golden(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    home = tmp_path_factory.mktemp("golden")
    shutil.copytree(landed / "landing", home / "landing")
    with connect(home) as con:
        load_all(con, home)
        return contents(con)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_load_leaves_all_or_nothing(
    landed: Path, golden: Contents, tmp_path: Path, kill_after: Kill, number: int
) -> None:
    shutil.copytree(landed / "landing", tmp_path / "landing")
    kill_after("load_once", tmp_path, SECONDS.uniform(0.0, 0.3))
    with connect(tmp_path) as con:
        tables = con.execute(
            "select count(*) from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
        assert tables in ([(0,)], [(len(STREAMS) + 3,)])
        if tables != [(0,)]:
            counts = {name: len(rows) for name, rows in contents(con).items()}
            whole = {name: len(rows) for name, rows in golden.items()}
            assert counts in (whole, dict.fromkeys(whole, 0))
        load_all(con, tmp_path)
        assert contents(con) == golden


def test_a_killed_publish_never_shows_half_a_version(
    landed: Path, tmp_path: Path, kill_after: Kill
) -> None:
    shutil.copytree(landed / "landing", tmp_path / "landing")
    with connect(tmp_path) as con:
        load_all(con, tmp_path)
    build_marts(tmp_path, stamp=0, rows=2000)
    publish(tmp_path, "first", "passed", NOW)
    for number in range(1, KILLS + 1):
        build_marts(tmp_path, stamp=number, rows=2000)
        kill_after("publish_on_and_on", tmp_path, SECONDS.uniform(0.0, 0.6))
        path = str(tmp_path / "published" / CURRENT)
        with duckdb.connect(path, read_only=True, config={**READER_CONFIG}) as con:
            seen = {
                con.table(f"marts.{table}")
                .aggregate("min(stamp), max(stamp), count(*)")
                .fetchall()[0]
                for table in ("fct_roi_daily", "rpt_influencer_roi", "dim_influencers")
            }
        assert len(seen) == 1
        low, high, count = seen.pop()
        assert low == high and count == 2000
    version = publish(tmp_path, "k0", "passed", NOW)
    assert version.is_current
    assert not list((tmp_path / "published").rglob("*.tmp*"))
    for one in versions(tmp_path):
        with duckdb.connect(str(one.file), read_only=True) as con:
            assert con.execute("select count(*) from marts.fct_roi_daily").fetchall() == [(2000,)]
