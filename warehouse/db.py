"""The one place that opens `<home>/warehouse.duckdb`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.errors import UnsupportedDuckDB, UnusableFile
from warehouse.sql import text

FILE_NAME = "warehouse.duckdb"
# Rows that DuckDB gathers in memory before it packs them; four times as many would not fit into
# what `frugal` allows, and every one would go to disk twice.
_ROW_GROUP = 30_720
# 32 MiB of it are the buffer in which DuckDB reads; the pages of a file are held several times.
_READING_BYTES = 72 << 20
_COPIES_OF_A_PAGE = 8
_ROWS_BYTES = 40 << 20


def refuse_untested_duckdb(version: str = duckdb.__version__) -> None:
    """Raise UnsupportedDuckDB for DuckDB 2 or newer."""
    if int(version.split(".", maxsplit=1)[0]) >= 2:
        raise UnsupportedDuckDB(
            f"duckdb {version} writes files that no tool built on DuckDB 1.x can open;"
            ' install "duckdb>=1.5.5,<2"'
        )


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    """A read-write connection to the warehouse of `home` (catalog `warehouse`, time zone UTC).

    DuckDB lets one process at a time write a file.
    Raises UnsupportedDuckDB, and UnusableFile when the file is damaged or too new.
    """
    refuse_untested_duckdb()
    home.mkdir(parents=True, exist_ok=True)
    path = home / FILE_NAME
    # A new file gets the first format that packs texts with zstd; it keeps that format.
    options = f"row_group_size {_ROW_GROUP}"
    if not path.exists():
        options += ", storage_version 'v1.2.0'"
    con = duckdb.connect(config={"temp_directory": f"{path}.tmp"})
    try:
        con.execute(f"attach {text(path)} as warehouse ({options})")
    except (duckdb.SerializationException, duckdb.InternalException, duckdb.IOException) as error:
        con.close()
        if "Could not set lock" in str(error):  # DuckDB's own words name the other process
            raise
        raise UnusableFile(
            f"{path} cannot be opened ({str(error).splitlines()[0]});"
            " move it away and run `microlift load` to rebuild it from the landing zone"
        ) from error
    con.execute("use warehouse")
    con.execute("set TimeZone = 'UTC'")
    return con


@contextmanager
def held_open(home: Path) -> Iterator[None]:
    """Keep the warehouse open while dbt runs in this process, and write it through once, after it.

    dbt closes the file whenever none of its threads needs it, so as to give it back in the end;
    each time it would be written through and read anew: a tenth of the build.
    """
    connect(home).close()  # there is one, and it is sound
    # Opened as dbt opens it: only then are both one instance of DuckDB.
    with duckdb.connect(str(home / FILE_NAME)) as con:
        # What a transaction wrote is safe in the log all the same.
        con.execute("set checkpoint_threshold = '1GB'")
        yield


def _packs_texts(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file's format has zstd for texts; older releases made it in one that has not."""
    (version,) = con.execute(
        "select tags['storage_version'] from duckdb_databases()"
        " where database_name = current_database()"
    ).fetchall()[0]
    return not str(version).startswith(("v0.", "v1.0.", "v1.1."))


@dataclass(frozen=True)
class Memory:
    """How much of it DuckDB may use in `frugal`: while it reads pages, and when they are rows."""

    con: duckdb.DuckDBPyConnection
    longest: int

    def take(self) -> None:
        """As much as reading needs."""
        self._limit(_READING_BYTES + _COPIES_OF_A_PAGE * self.longest)

    def let_go(self) -> None:
        """The rest needs little; what rows were cached is written out or dropped."""
        self._limit(_ROWS_BYTES)

    def _limit(self, size: int) -> None:
        self.con.execute(f"set memory_limit = '{size} bytes'")


@contextmanager
def frugal(con: duckdb.DuckDBPyConnection, longest: int) -> Iterator[Memory]:
    """Settings that append any number of rows in bounded memory; put back after the block.

    `longest` is the size in bytes of the longest page. What does not fit spills to disk;
    duckdb.OutOfMemoryException where that does not help.
    """
    settings = {
        # A full row group goes to disk at once, not with four others.
        "write_buffer_row_group_count": "1",
        # Payloads: a quarter of the size that FSST makes, and in less time.
        "force_compression": "zstd" if _packs_texts(con) else "auto",
        # To try a dictionary, every text of a row group is held; payloads never gain from one.
        "disabled_compression_methods": "dictionary",
        # Two threads take twice the processor time, most of it for each other, and memory.
        "threads": "1",
        # One thread appends in the order of the pages anyhow; to promise it costs a tenth.
        "preserve_insertion_order": "false",
    }
    before = {name: _setting(con, name) for name in ("memory_limit", *settings)}
    memory = Memory(con, longest)
    try:
        for name, value in settings.items():
            con.execute(f"set {name} = '{value}'")
        memory.take()
        yield memory
    finally:
        for name, value in before.items():  # `reset` leaves memory_limit as it is
            con.execute(f"set {name} = '{value}'")


def _setting(con: duckdb.DuckDBPyConnection, name: str) -> str:
    return str(con.execute("select current_setting($name)", {"name": name}).fetchall()[0][0])


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did when it ends well, else leave the file as it was."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
