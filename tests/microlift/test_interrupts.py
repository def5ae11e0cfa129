"""Ctrl-C and SIGTERM: no process, lock or half-written fetch stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from microlift.run_record import recorded_run, recorded_step
from microlift.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
EXIT_SECONDS = 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_no_process_and_can_be_run_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "demo"
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "microlift", "demo", "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    children: list[int] = []
    try:
        assert demo.stdout is not None
        assert "influencers" in demo.stdout.readline()
        children = _children(demo.pid)
        assert children, "the sandbox should run by now"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(folder.glob("data/landing/*/*/manifest.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        demo.send_signal(number)
        sent = time.monotonic()
        _, errors = demo.communicate(timeout=PATIENCE_SECONDS)
    finally:
        demo.kill()
        demo.wait()
        left = [child for child in children if Path(f"/proc/{child}").exists()]
        for child in left:
            os.kill(child, signal.SIGKILL)
    assert demo.returncode == 130, errors
    assert time.monotonic() - sent < EXIT_SECONDS
    assert errors == "error: interrupted\n"
    assert left == []
    assert (folder / ".microlift-demo").exists()


def test_a_ledger_that_cannot_be_written_does_not_hide_the_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**config: object) -> None:
        raise OSError("dbt has it open")

    settings = Settings(home=tmp_path, plan_dir=tmp_path)
    for how in (KeyboardInterrupt, ValueError):
        expected = KeyboardInterrupt if how is KeyboardInterrupt else OSError
        with (
            pytest.raises(expected),
            recorded_run(settings, "r", "run"),
            recorded_step(settings, "r", "build"),
        ):
            monkeypatch.setattr(duckdb, "connect", refuse)
            raise how
        monkeypatch.undo()


def test_ctrl_c_while_the_program_loads_is_one_line_as_well() -> None:
    stop = "import importlib.abc, sys\n" + (
        "class Stop(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'microlift.commands.looking': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\nimport microlift.cli\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", stop], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_query_that_is_interrupted_is_said_to_be_interrupted(number: signal.Signals) -> None:
    endless = "select sum(range % 7) from range(9000000000000)"
    code = (
        "import os, threading, duckdb\n"
        "from microlift.commands.common import Answer, command, main\n"
        "@command('wait', 'microlift wait')\n"
        "def wait(out):\n"
        # Of several threads the one that gets the signal may only wait for the others.
        "    con = duckdb.connect(config={'threads': 1})\n"
        f"    threading.Timer(0.5, os.kill, (os.getpid(), {int(number)})).start()\n"
        f"    con.execute('{endless}').fetchall()\n"
        "main(['wait'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: interrupted\n")


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [
        int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()
    ]
