"""Starts nights quickly, so that a test can kill many of them: each is a fork of this process.

The slow imports (dbt, Great Expectations) happen once, here; a night then costs only its own work.
Reads one line a night from standard input, the ISO instant that stands for now; prints
`started PID` at once, `step NAME` as each step after fetch begins, and `ended STATUS` when the
night is over (negative: killed by that signal).
"""

from __future__ import annotations

import os
import sys

import dbt.cli.main

import expectations.gate
from microlift.errors import MicroliftError
from microlift.night import run_night
from microlift.settings import read_settings

STEPS = ("load", "build", "check", "publish")


def _tell(line: str) -> None:
    # One write, past the buffers: a fork must neither split nor double a line.
    os.write(1, f"{line}\n".encode())


def _tell_step(message: str) -> None:
    step = message.rpartition("; ")[2]
    if step in STEPS:
        _tell(f"step {step}")


def _night(clock: str) -> int:
    _tell(f"started {os.getpid()}")
    settings = read_settings({**os.environ, "MICROLIFT_CLOCK": clock})
    try:
        return run_night(settings, say=_tell_step).exit_code
    except MicroliftError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def main() -> None:
    """Serve until standard input closes."""
    assert dbt.cli.main
    expectations.gate.warm_up()
    _tell("ready")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_night(line.strip()))
        _, status = os.waitpid(pid, 0)
        _tell(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
