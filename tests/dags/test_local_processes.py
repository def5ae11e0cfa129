"""What a local Airflow starts it stops: everything, always."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from microlift.airflow_demo import processes as processes_module
from microlift.airflow_demo.home import LOOPBACK, AirflowHome, free_port
from microlift.airflow_demo.processes import ProcessDied, Processes, session_members

# Like a task of Airflow's: a child in a process group of its own, deaf to SIGTERM.
STUBBORN = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf], process_group=0)
print(child.pid, flush=True)
time.sleep(600)
"""
WAITING = """
import sys, time
from pathlib import Path
from microlift.airflow_demo.processes import Processes, signals_as_exceptions
with signals_as_exceptions(), Processes(Path(sys.argv[1])) as processes:
    processes.start("child", [sys.executable, "-c", "import time; time.sleep(600)"], {})
    print(processes._started["child"].pid, flush=True)
    time.sleep(600)
"""


def wait_for_pid(log: Path) -> int:
    for _ in range(200):
        if log.exists() and (text := log.read_text()).strip():
            return int(text)
        time.sleep(0.05)
    raise AssertionError("the process did not start")


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_deaf_grandchild_in_a_group_of_its_own_is_stopped_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_module, "PATIENCE_SECONDS", 0.5)
    with Processes(tmp_path) as processes:
        processes.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
        grandchild = wait_for_pid(processes.log("stubborn"))
        parent = psutil.Process(grandchild).ppid()
        assert {grandchild, parent} <= {*session_members({parent})}
    assert not is_alive(grandchild)
    assert not is_alive(parent)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_us_stops_what_we_started(tmp_path: Path, number: int) -> None:
    log = tmp_path / "pid"
    with log.open("w") as out:
        waiting = subprocess.Popen([sys.executable, "-c", WAITING, str(tmp_path)], stdout=out)
    child = wait_for_pid(log)
    assert is_alive(child)
    waiting.send_signal(number)
    assert waiting.wait(20) != 0
    assert not is_alive(child)


def test_a_process_that_ends_by_itself_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("brief", [sys.executable, "-c", "raise SystemExit('no disk')"], os.environ)
        with pytest.raises(ProcessDied, match=r"brief ended with code 1(.|\n)*no disk"):
            for _ in range(200):
                processes.check()
                time.sleep(0.05)
        with pytest.raises(ProcessDied, match="code 3"):
            processes.run("worse", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)


def test_nothing_is_started_after_the_stop(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.run("fine", [sys.executable, "-c", "pass"], os.environ)
    with pytest.raises(ProcessDied, match="stopped"):
        processes.start("late", [sys.executable, "-c", "pass"], os.environ)


def test_a_taken_port_is_not_taken_again() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port() != 0


def test_airflows_settings_win_over_what_is_inherited(tmp_path: Path) -> None:
    env = AirflowHome(tmp_path, 1234).environment({"AIRFLOW_HOME": "/elsewhere", "HOME": "/root"})
    assert env["AIRFLOW_HOME"] == str(tmp_path)
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/execution/"
    assert env["HOME"] == "/root"
