"""The run ledger, schema `ops`: who ran what, when, and how it ended."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_LEDGER = """
create schema if not exists ops;
create table if not exists ops.runs (
    run_id varchar, command varchar, started_at timestamptz, finished_at timestamptz,
    status varchar, detail json, pid bigint, host varchar, process_started varchar
);
create table if not exists ops.steps (
    run_id varchar, step varchar, started_at timestamptz, finished_at timestamptz,
    status varchar, detail json
);
"""
_NOT_THE_NAME = 2


def start_run(
    con: duckdb.DuckDBPyConnection, run_id: str, command: str, started_at: datetime | None = None
) -> None:
    """Write down that a run begins (status `running`).

    Runs of this host whose process is gone become `interrupted`. Starting the same run id again,
    as a retry does, begins it anew.
    """
    con.execute(_LEDGER)
    at = started_at or datetime.now(UTC)
    _mark_interrupted(con, at)
    con.execute("delete from ops.runs where run_id = $run_id", {"run_id": run_id})
    con.execute(
        "insert into ops.runs values"
        " ($run_id, $command, $at, null, 'running', null, $pid, $host, $process_started)",
        {
            "run_id": run_id,
            "command": command,
            "at": at,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "process_started": _process_started(os.getpid()),
        },
    )


def finish_run(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    status: str,
    detail: Mapping[str, Any] | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Write down how a run ended: `done`, `failed`, `refused` ... and what it wants to tell."""
    con.execute(
        "update ops.runs set status = $status, finished_at = $at, detail = $detail"
        " where run_id = $run_id",
        {
            "run_id": run_id,
            "status": status,
            "at": finished_at or datetime.now(UTC),
            "detail": json.dumps(detail or {}, default=str),
        },
    )


def record_step(  # noqa: PLR0917 - a row of the ledger in the order of its columns
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    step: str,
    status: str,
    started_at: datetime,
    detail: Mapping[str, Any] | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Write down one step of a run after it ended; a step run again replaces its row."""
    con.execute(_LEDGER)
    con.execute(
        "delete from ops.steps where run_id = $run_id and step = $step",
        {"run_id": run_id, "step": step},
    )
    con.execute(
        "insert into ops.steps values ($run_id, $step, $started_at, $at, $status, $detail)",
        {
            "run_id": run_id,
            "step": step,
            "started_at": started_at,
            "at": finished_at or datetime.now(UTC),
            "status": status,
            "detail": json.dumps(detail or {}, default=str),
        },
    )


def _mark_interrupted(con: duckdb.DuckDBPyConnection, at: datetime) -> None:
    running = con.execute(
        "select run_id, pid, process_started from ops.runs"
        " where status = 'running' and host = $host",
        {"host": socket.gethostname()},
    ).fetchall()
    gone = [run_id for run_id, pid, started in running if _process_started(pid) != started]
    con.execute(
        "update ops.runs set status = 'interrupted', finished_at = $at"
        " where list_contains($gone, run_id)",
        {"gone": gone, "at": at},
    )


def _process_started(pid: int) -> str | None:
    """A mark that a later process with the same number does not share; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
        return _is_alive(pid)
    return stat.rpartition(")")[_NOT_THE_NAME].split()[19]


def _is_alive(pid: int) -> str | None:
    """For systems without /proc: the number alone has to do."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "alive"
