"""kill -9 anywhere in a night, then run it again: readers see whole versions, the marts are equal.

The golden marts come from the same nights without a kill. `MICROLIFT_KILLS` sets how many: two in
each step of each night, or as many as `make test-slow` asks for.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import duckdb
import pytest

from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World
from warehouse.fingerprint import fingerprint

KILLS = int(os.environ.get("MICROLIFT_KILLS", "30"))
NIGHTS = 3
STEPS = ("fetch", "load", "build", "check", "publish")
START = date(2026, 3, 1)
FORKER = Path(__file__).with_name("night_forker.py")


class Forker:
    """The process that forks nights, and what it says."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(FORKER)],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._read() == "ready"
        self.status = 0

    def start(self, clock: str) -> int:
        """Begin a night; its process id."""
        assert self._process.stdin
        self._process.stdin.write(clock + "\n")
        return int(self._read().removeprefix("started "))

    def follow(self) -> Iterator[str]:
        """The steps of the night as they begin, until it is over; then see `status`."""
        yield STEPS[0]
        while not (line := self._read()).startswith("ended "):
            yield line.removeprefix("step ")
        self.status = int(line.removeprefix("ended "))

    def wait(self) -> int:
        """The night's exit code once it is over."""
        for _ in self.follow():
            pass
        return self.status

    def close(self) -> None:
        """Let the process end by itself."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def _forker(home: Path, plan: Path, url: str) -> Iterator[Forker]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MICROLIFT_")}
    # One key for both homes, so that their customers' hashes are equal.
    settings = replace(sandbox_settings(home, plan, url), customer_secret=Secret("k" * 32))
    forker = Forker(environ | settings.environment())
    try:
        yield forker
    finally:
        forker.close()


def _clock(night: int) -> str:
    return f"{START + timedelta(days=20 + night)}T06:00:00Z"


class Reader:
    """A reader in a loop: every version it opens must be whole."""

    def __init__(self, current: Path) -> None:
        self.current, self.versions, self.faults = current, set[str](), list[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _loop(self) -> None:
        # A process of its own for each look: DuckDB shares one open file within a process.
        program = (
            "import duckdb,sys\n"
            "con = duckdb.connect(sys.argv[1], read_only=True)\n"
            "one = con.execute('select distinct run_id from marts.publication').fetchall()\n"
            "assert len(one) == 1, one\n"
            "con.execute('select count(*) from marts.rpt_influencer_roi').fetchall()\n"
            "print(one[0][0])\n"
        )
        while not self._stop.is_set():
            if self.current.exists():
                look = subprocess.run(
                    [sys.executable, "-c", program, str(self.current)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if look.returncode:
                    self.faults.append(look.stderr)
                else:
                    self.versions.add(look.stdout.strip())
            self._stop.wait(2.0)


def _lengths(forker: Forker, clock: str) -> Iterator[tuple[str, float]]:
    """Each step of an untouched night and how many seconds it took."""
    forker.start(clock)
    began = time.monotonic()
    running: str | None = None
    for step in chain(forker.follow(), [None]):
        now = time.monotonic()
        if running:
            yield running, now - began
        running, began = step, now


def _kill_in(forker: Forker, clock: str, target: str, seconds: float) -> bool:
    """Start a night and kill it at a random moment of the step; False when it was over before."""
    pid = forker.start(clock)
    for step in forker.follow():
        if step == target:
            time.sleep(random.uniform(0.0, seconds))  # noqa: S311
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return forker.status == -signal.SIGKILL


def _targets(night: int) -> list[str]:
    """The steps to strike in a night, each as often, in the order of the night.

    What was fetched or loaded is not done again: struck out of order, there would be nothing left.
    """
    kills = KILLS * (night + 1) // NIGHTS - KILLS * night // NIGHTS
    return [STEPS[kill * len(STEPS) // kills] for kill in range(kills)]


def _steps_hit(home: Path, kills: int) -> Counter[str]:
    """In which step the kills struck: the one after the last that its run has finished."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        finished = con.execute(
            "select count(steps.step) from ops.runs as runs"
            " left join ops.steps as steps on runs.run_id = steps.run_id"
            " where runs.status = 'interrupted' group by runs.run_id"
        ).fetchall()
    hit = Counter((*STEPS[1:], "after")[count] for (count,) in finished)
    # A run enters the ledger once its fetches are over.
    hit["fetch"] = kills - hit.total()
    return hit


@pytest.mark.timeout(3600)
def test_after_any_kill_a_rerun_gives_the_marts_of_an_untouched_run(tmp_path: Path) -> None:
    random.seed(11)
    plan = tmp_path / "plan"
    world = World(seed=3, influencers=8, days=30, start=START)
    write_plan(world, plan)
    with serve(world) as sandbox:
        golden = tmp_path / "golden"
        seconds: list[dict[str, float]] = []
        with _forker(golden, plan, sandbox.url) as forker:
            for night in range(NIGHTS):
                seconds.append(dict(_lengths(forker, _clock(night))))
                assert forker.status == 0

        home = tmp_path / "killed"
        current = home / "published" / "current.duckdb"
        kills = 0
        with _forker(home, plan, sandbox.url) as forker, Reader(current) as reader:
            for night in range(NIGHTS):
                for step in _targets(night):
                    while not _kill_in(forker, _clock(night), step, seconds[night][step]):
                        pass
                    kills += 1
                forker.start(_clock(night))
                assert forker.wait() == 0, "the rerun needs no hand"

    assert kills == KILLS
    assert not reader.faults
    assert len(reader.versions) >= NIGHTS // 2
    assert fingerprint(current) == fingerprint(golden / "published" / "current.duckdb")
    hit = _steps_hit(home, kills)
    print(json.dumps({"kills": kills, "seconds": seconds, "hit": hit}))  # noqa: T201
    assert {step for step, count in hit.items() if count} >= {*STEPS}
