"""Child processes that end with us: each in a session of its own, stopped as a whole session."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType

import psutil  # type: ignore[import-untyped]  # comes with Airflow

PATIENCE_SECONDS = 8.0
TAIL_LINES = 25


class Stopped(BaseException):
    """A signal asked us to end; like KeyboardInterrupt it is not an error to be handled."""


class ProcessDied(Exception):
    """A process we depend on ended by itself; the message holds the end of what it printed."""


class Processes:
    """Starts processes and, on leaving the block, stops them and all they started.

    A session and not a process group is what is stopped, because Airflow puts every task into a
    group of its own, and because its children outlive a SIGTERM to the parent alone.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._is_stopped = False

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `command` in a new session; its output goes to `<logs>/<name>.log`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        # Whoever starts in one thread while another one stops must not be left behind.
        with self._lock, self.log(name).open("wb") as out:
            self._refuse_when_stopped()
            self._started[name] = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Run `command` to its end. Raises ProcessDied when it fails."""
        self.start(name, command, env)
        process = self._started[name]
        if process.wait() != 0:
            self._refuse_when_stopped()
            raise ProcessDied(self._obituary(name, process))
        del self._started[name]

    def log(self, name: str) -> Path:
        """Where the output of that process is."""
        return self._logs / f"{name}.log"

    def check(self) -> None:
        """Raise ProcessDied when one of ours has ended by itself."""
        self._refuse_when_stopped()
        for name, process in self._started.items():
            if process.poll() is not None:
                raise ProcessDied(self._obituary(name, process))

    def stop(self) -> None:
        """SIGTERM to every session, SIGKILL after a while, until no member is left."""
        with self._lock:
            self._is_stopped = True
        sessions = {process.pid for process in self._started.values()}
        _signal(sessions, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._members(sessions) and time.monotonic() < deadline:
            time.sleep(0.1)
        while self._members(sessions):
            _signal(sessions, signal.SIGKILL)
            time.sleep(0.1)

    def _refuse_when_stopped(self) -> None:
        if self._is_stopped:
            raise ProcessDied("everything has been stopped")

    def _members(self, sessions: set[int]) -> list[int]:
        for process in self._started.values():
            process.poll()  # a child that nobody waits for stays in the process table
        return session_members(sessions)

    def _obituary(self, name: str, process: subprocess.Popen[bytes]) -> str:
        lines = self.log(name).read_text(errors="replace").splitlines()[-TAIL_LINES:]
        head = f"{name} ended with code {process.returncode}; its last lines:"
        return "\n  ".join([head, *lines])

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C while stopping would leave processes behind.
        with signals_ignored():
            self.stop()


def session_members(sessions: set[int]) -> list[int]:
    """The living processes that belong to one of `sessions`."""
    found = []
    for pid in psutil.pids():
        # Processes come and go while we look.
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(pid) in sessions and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def _signal(sessions: set[int], number: signal.Signals) -> None:
    for pid in session_members(sessions):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Within the block Ctrl-C and SIGTERM do nothing."""
    with _handlers(signal.SIG_IGN):
        yield


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Within the block Ctrl-C, SIGTERM and a closed terminal raise Stopped, so `finally` runs."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number).name)

    with _handlers(stop):
        yield


@contextmanager
def _handlers(handler: signal.Handlers | object) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
