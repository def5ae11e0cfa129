"""Starts nights quickly, so that a test can kill many of them: each is a fork of this process.

The slow imports (dbt, Great Expectations) happen once, here; a night then costs only its own work.
Reads one line a night from standard input, the ISO instant that stands for now; prints
`started PID` at once and `ended STATUS` when the night is over (negative: killed by that signal).
"""

from __future__ import annotations

import os
import sys

import dbt.cli.main

import expectations.gate
from microlift.errors import MicroliftError
from microlift.night import run_night
from microlift.settings import read_settings


def _night(clock: str) -> int:
    settings = read_settings({**os.environ, "MICROLIFT_CLOCK": clock})
    try:
        return run_night(settings).exit_code
    except MicroliftError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def main() -> None:
    """Serve until standard input closes."""
    assert dbt.cli.main
    expectations.gate.warm_up()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_night(line.strip()))
        sys.stdout.write(f"started {pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
