"""`make demo` itself, small: the real scheduler, real events, and nothing left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--influencers", "4", "--history-nights", "3", "--airflow-nights", "1")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(540)]


def start_demo(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "microlift.airflow_demo", "--folder", str(folder), *SMALL]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def processes_of(folder: Path) -> list[str]:
    """Every living process that was started for the demo in that folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and any(str(folder) in word for word in words):
                found.append(" ".join(process.cmdline()))
    return found


def test_the_demo_publishes_by_events_leaves_nothing_running_and_runs_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    published = set()
    for _ in range(2):
        demo = start_demo(folder)
        said, _ = demo.communicate(timeout=260)
        assert demo.returncode == 0, said
        assert "Scorecard" in said
        assert "events started transform" in said
        assert processes_of(folder) == []
        versions = list((folder / "data" / "published" / "versions").iterdir())
        assert len(versions) >= 2  # the history's, and at least one by the scheduler
        published.add(json.loads((folder / "data/published/current.json").read_text())["run_id"])
    assert len(published) == 2


def test_a_signal_in_the_middle_stops_everything(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    demo = start_demo(folder)
    log = folder / "airflow" / "processes" / "scheduler.log"
    for _ in range(600):
        if log.exists():
            break
        time.sleep(0.1)
    assert processes_of(folder)
    demo.send_signal(signal.SIGTERM)
    said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, said
    assert "SIGTERM" in said
    assert processes_of(folder) == []
