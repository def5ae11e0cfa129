"""The schema of raw: one append-only table a stream, and the record of every fetch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import duckdb

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")

_FETCHES = """
create table if not exists raw.fetches (
    fetch_id varchar, source varchar, kinds varchar, since date, until date,
    observed_from timestamptz, observed_to timestamptz, is_simulated boolean,
    plan_hash varchar, code_version varchar, loaded_at timestamptz, run_id varchar
);
create table if not exists raw.fetch_streams (
    fetch_id varchar, source varchar, stream varchar, pages bigint, row_count bigint,
    bad_rows bigint, duplicate_keys bigint, first_observed_at timestamptz,
    last_observed_at timestamptz, status varchar, reason varchar, is_accepted_by_hand boolean
);
create table if not exists raw.fetch_problems (
    fetch_id varchar, source varchar, stream varchar, context json, reason varchar, detail varchar
);
"""

_STREAM = """
create table if not exists {table} (
    payload json, context json, observed_at timestamptz, fetch_id varchar, page integer,
    row_number integer, quarantine_reason varchar
)
"""


class StreamShape(Protocol):
    """What load must know of a stream; `ingest.streams.Stream` fits."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> tuple[str, ...]: ...
    @property
    def rows_at(self) -> str | None: ...
    @property
    def row_pattern(self) -> str | None: ...
    @property
    def hashed(self) -> tuple[str, ...]: ...


def raw_table(source: str, stream: str) -> str:
    """The raw table of a stream; ValueError for a name that is not a plain identifier."""
    for name in (source, stream):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a raw table")
    return f"raw.{source}__{stream}"


def create_raw(con: duckdb.DuckDBPyConnection, streams: Iterable[tuple[str, str]]) -> None:
    """Create what is missing of raw, with a table for every stream, fetched or not."""
    con.execute("create schema if not exists raw")
    con.execute(_FETCHES)
    for source, stream in streams:
        con.execute(_STREAM.format(table=raw_table(source, stream)))
