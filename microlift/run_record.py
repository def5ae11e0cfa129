"""Who runs: the lock and the ledger around everything that opens the DuckDB file.

A step takes the lock for itself; a night takes it once around its steps, so the lock may be taken
again by the thread that holds it.
"""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.errors import GateRefused

if TYPE_CHECKING:
    from microlift.settings import Settings

# The Airflow pool, of one slot, in which everything runs that takes the lock.
WRITER_POOL = "duckdb_writer"
_held = threading.local()


def new_run_id() -> str:
    """A sortable id of a run: the machine's time to the millisecond and four random digits."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{secrets.token_hex(2)}"


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Hold the writer's lock of `home`. Raises warehouse.errors.Locked when another run has it."""
    from warehouse.lock import writer_lock

    homes: set[Path] = _held.__dict__.setdefault("homes", set())
    if home in homes:
        yield
        return
    with writer_lock(home):
        homes.add(home)
        try:
            yield
        finally:
            homes.discard(home)


@contextmanager
def recorded_run(settings: Settings, run_id: str, command: str) -> Iterator[dict[str, Any]]:
    """Hold the lock and write the run into the ledger; the block fills the yielded detail."""
    from warehouse.db import connect
    from warehouse.ledger import finish_run, start_run

    detail: dict[str, Any] = {}
    with exclusive(settings.home):
        with connect(settings.home) as con:
            start_run(con, run_id, command)
        status = "failed"
        try:
            yield detail
            status = "done"
        except GateRefused as error:
            status = "refused"
            detail["error"] = str(error)
            raise
        except BaseException as error:
            detail["error"] = f"{type(error).__name__}: {error}"
            raise
        finally:
            with _behind_an_interrupt(), connect(settings.home) as con:
                finish_run(con, run_id, status, detail)


@contextmanager
def recorded_step(settings: Settings, run_id: str, step: str) -> Iterator[dict[str, Any]]:
    """Hold the lock and write the step into the ledger after its block has let go of the file."""
    from warehouse.db import connect
    from warehouse.ledger import record_step

    detail: dict[str, Any] = {}
    started_at, status = datetime.now(UTC), "failed"
    with exclusive(settings.home):
        try:
            yield detail
            status = "done"
        except BaseException as error:
            detail["error"] = f"{type(error).__name__}: {error}"
            raise
        finally:
            with _behind_an_interrupt(), connect(settings.home) as con:
                record_step(con, run_id, step, status, started_at, detail)


@contextmanager
def _behind_an_interrupt() -> Iterator[None]:
    """What fails in the block does not take the place of a Ctrl-C that is on its way out.

    An interrupted dbt may still hold the file, so that it cannot be opened here; a run that is
    not finished in the ledger is what a killed one leaves as well.
    """
    try:
        yield
    except Exception as error:
        interrupt = error.__context__
        while interrupt is not None and not isinstance(interrupt, KeyboardInterrupt):
            interrupt = interrupt.__context__
        if interrupt is None:
            raise
