"""One writer at a time for a home: a kernel lock that dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from warehouse.errors import Locked

LOCK_NAME = "warehouse.lock"
_RETRY_SECONDS = 0.1


@contextmanager
def writer_lock(home: Path, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the home's writer lock inside the block.

    Waits up to `wait_seconds` for another holder, then raises Locked. The file stays behind;
    what counts is the kernel's lock on it, which a killed process cannot leave.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK_NAME).open("a+", encoding="utf-8") as file:
        _acquire(file, wait_seconds)
        _write_holder(
            file,
            {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        )
        try:
            yield
        finally:
            _write_holder(file, {})


def _acquire(file: IO[str], wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _locked_by(file) from None
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _locked_by(file: IO[str]) -> Locked:
    file.seek(0)
    try:
        holder = json.loads(file.read() or "{}")
    except json.JSONDecodeError:  # read between the holder's truncate and write
        holder = {}
    return Locked(holder.get("pid"), holder.get("host", ""), holder.get("since", ""))


def _write_holder(file: IO[str], holder: dict[str, object]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(holder) if holder else "")
    file.flush()
