"""One writer at a time, a lock that dies with its process, and the record of every run."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from warehouse_house import spawn

from warehouse.db import FILE_NAME, connect, refuse_untested_duckdb
from warehouse.errors import Locked, UnsupportedDuckDB, UnusableFile
from warehouse.ledger import finish_run, record_step, start_run
from warehouse.lock import writer_lock

HOLDER = """
import time
from pathlib import Path
from warehouse.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
RUNNER = """
import time
from pathlib import Path
from warehouse.db import connect
from warehouse.ledger import start_run
with connect(Path(sys.argv[1])) as con:
    start_run(con, sys.argv[2], "run")
print("started", flush=True)
time.sleep(60)
"""


def _started(code: str, *arguments: object) -> int:
    process = spawn(code, *arguments)
    assert process.stdout
    assert process.stdout.readline(), process.communicate()
    return process.pid


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_second_writer_learns_who_holds_the_lock_and_since_when(home: Path) -> None:
    pid = _started(HOLDER, home)
    try:
        words = f"locked by process {pid} on .+ since 20"
        with pytest.raises(Locked, match=words) as caught, writer_lock(home):
            pass
        assert caught.value.pid == pid
    finally:
        _kill(pid)


def test_kill_nine_frees_the_lock(home: Path) -> None:
    _kill(_started(HOLDER, home))
    with writer_lock(home):
        told = json.loads((home / "warehouse.lock").read_text())
        assert told["pid"] == os.getpid()
    with writer_lock(home):
        pass


def test_a_writer_can_wait_for_the_lock(home: Path) -> None:
    pid = _started(HOLDER.replace("sleep(60)", "sleep(0.5)"), home)
    started = time.monotonic()
    with writer_lock(home, wait_seconds=20):
        assert time.monotonic() - started > 0.1
    os.waitpid(pid, 0)


def test_a_run_and_its_steps_stand_in_the_ledger(home: Path) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with connect(home) as con:
        start_run(con, "r1", "run", at)
        record_step(con, "r1", "load", "failed", at, {"rows": 0})
        record_step(con, "r1", "load", "done", at, {"rows": 3})
        finish_run(con, "r1", "done", {"verdict": "passed"})
        steps = con.execute("select step, status, detail ->> 'rows' from ops.steps").fetchall()
        runs = con.execute("select run_id, command, status, detail ->> 'verdict' from ops.runs")
        assert runs.fetchall() == [("r1", "run", "done", "passed")]
    assert steps == [("load", "done", "3")]


def test_a_new_run_marks_those_of_dead_processes_interrupted(home: Path) -> None:
    alive, dead = _started(RUNNER, home, "alive"), _started(RUNNER, home, "dead")
    _kill(dead)
    try:
        with connect(home) as con:
            start_run(con, "new", "run")
            runs = dict(con.execute("select run_id, status from ops.runs").fetchall())
        assert runs == {"alive": "running", "dead": "interrupted", "new": "running"}
    finally:
        _kill(alive)


def test_duckdb_two_is_refused_with_one_sentence() -> None:
    refuse_untested_duckdb("1.5.6")
    with pytest.raises(UnsupportedDuckDB, match=r"duckdb 2\.0\.1 .* install"):
        refuse_untested_duckdb("2.0.1")


@pytest.mark.parametrize("damage", ["flip", "cut", "text"])
def test_a_damaged_warehouse_is_refused_with_the_way_back(home: Path, damage: str) -> None:
    with connect(home) as con:
        con.execute("create table t as select * from range(100000)")
    path = home / FILE_NAME
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[4096 + 100] ^= 1
    path.write_bytes({"flip": content, "cut": content[:5000], "text": b"x" * 20000}[damage])
    with pytest.raises(UnusableFile, match="rebuild it from the landing zone"):
        connect(home)


def test_another_process_at_the_file_is_named_by_duckdb_itself(home: Path) -> None:
    pid = _started(
        RUNNER.replace(
            "with connect(Path(sys.argv[1])) as con:\n",
            "con = connect(Path(sys.argv[1]))\nif con:\n",
        ),
        home,
        "r1",
    )
    try:
        with pytest.raises(duckdb.IOException, match=f"PID {pid}"):
            connect(home)
    finally:
        _kill(pid)
