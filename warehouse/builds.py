"""Must the marts be built from all of raw, or is what new fetches brought enough?

Raw is append-only and holds each fetch once, so staging may append what is new, as long as nothing
else happened since the last finished build. This is the one place that decides; what it needs to
know it keeps in the run ledger's schema: `ops.last_build`, `ops.built_streams` (what that build
saw) and `ops.new_streams` (what staging appends tonight). What the models' hooks note on the way
(`dbt_project/materializations`) stands in `scratch`, and goes when the build is finished.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.db import transaction
from warehouse.raw import create_raw, raw_table

_LEDGER = """
create schema if not exists ops;
create schema if not exists scratch;
create table if not exists ops.last_build (
    run_id varchar, definitions varchar, duckdb varchar, raw_rows bigint, started_at timestamptz,
    finished_at timestamptz, void_because varchar
);
create table if not exists ops.built_streams (
    source varchar, stream varchar, fetch_id varchar, status varchar, row_count bigint
);
create table if not exists ops.new_streams (
    source varchar, stream varchar, fetch_id varchar, first_observed_at timestamptz
);
"""
_NEW_STREAMS = """
create or replace table ops.new_streams as
select streams.source, streams.stream, streams.fetch_id, streams.first_observed_at
from raw.fetch_streams as streams
anti join ops.built_streams using (source, stream, fetch_id, status, row_count)
where streams.status = 'accepted' and streams.source <> 'plan'
"""
_BUILT_STREAMS = """
create or replace table ops.built_streams as
select source, stream, fetch_id, status, row_count from raw.fetch_streams
"""
# The first that holds is the reason for a full build; none does when only vendors' fetches are new.
_WHY_FULL = """
with new as (
    select streams.source, streams.status, streams.row_count
    from raw.fetch_streams as streams
    anti join ops.built_streams using (source, stream, fetch_id, status, row_count)
),

changed as (
    select built.fetch_id
    from ops.built_streams as built
    anti join raw.fetch_streams using (source, stream, fetch_id, status, row_count)
)

select case
    when finished_at is null then coalesce(void_because, 'the last build did not finish')
    when definitions <> $definitions then 'the models changed'
    when duckdb <> $duckdb then 'DuckDB is another version'
    when exists (from changed) then 'the verdict on an earlier fetch changed'
    when $rows <> raw_rows + (select coalesce(sum(row_count), 0) from new)
        then 'rows of raw were deleted'
    when exists (from new where source = 'plan' and status = 'accepted') then 'the plan changed'
end
from ops.last_build
"""


@dataclass(frozen=True)
class Scope:
    """What a build covers and why, as a person reads it: `full, the plan changed`."""

    is_full: bool
    why: str

    def __str__(self) -> str:
        return f"full, {self.why}" if self.is_full else self.why


def begin_build(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    definitions: str,
    streams: Collection[tuple[str, str]],
    *,
    is_full: bool = False,
) -> Scope:
    """Decide what the build has to cover, and write down that it has begun.

    `definitions` differs when a model does, `streams` are all registered (source, stream);
    `is_full` asks for a full build whatever happened. Until `finish_build` the last build counts
    as unfinished, so a build that fails or is killed makes the next one full. Hold the writer
    lock from here until then.
    """
    with transaction(con):
        create_raw(con, streams)
        con.execute(_LEDGER)
        rows = _raw_rows(con, streams)
        why = "asked for" if is_full else _why_full(con, definitions, rows)
        con.execute(_NEW_STREAMS)
        con.execute(_BUILT_STREAMS)
        con.execute("delete from ops.last_build")
        con.execute(
            "insert into ops.last_build by name select $run_id as run_id, $duckdb as duckdb,"
            " $definitions as definitions, $rows as raw_rows, $at as started_at",
            {
                "run_id": run_id,
                "definitions": definitions,
                "duckdb": duckdb.__version__,
                "rows": rows,
                "at": datetime.now(UTC),
            },
        )
    if why is not None:
        return Scope(True, why)
    new = _number(con, "select count(distinct (source, fetch_id)) from ops.new_streams")
    return Scope(False, f"{new} new fetch{'' if new == 1 else 'es'}")


def finish_build(con: duckdb.DuckDBPyConnection) -> None:
    """Write down that the build which began last has succeeded."""
    with transaction(con):
        # Its notes hold rows that a purge must not miss.
        con.execute("drop schema if exists scratch cascade; create schema scratch")
        # dbt run by hand must not append tonight's fetches a second time.
        con.execute("delete from ops.new_streams")
        con.execute("update ops.last_build set finished_at = $at", {"at": datetime.now(UTC)})


def forget_last_build(con: duckdb.DuckDBPyConnection, why: str) -> None:
    """Nothing may be published from the last build, and the next one is full, because of `why`.

    For whoever deletes or changes rows of raw, in the same transaction: what was made of them
    stands in the tables behind raw until then.
    """
    con.execute(_LEDGER)
    con.execute("update ops.last_build set finished_at = null, void_because = $why", {"why": why})


def is_unfinished(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the tables behind raw are half built, or built of rows that are gone."""
    con.execute(_LEDGER)
    return bool(_number(con, "select count(*) from ops.last_build where finished_at is null"))


def _why_full(con: duckdb.DuckDBPyConnection, definitions: str, rows: int) -> str | None:
    """Why appending new fetches would not do; None when it does."""
    last = con.execute(
        _WHY_FULL, {"definitions": definitions, "duckdb": duckdb.__version__, "rows": rows}
    ).fetchone()
    if last is None:
        return "there is no earlier build"
    return None if last[0] is None else str(last[0])


def _raw_rows(con: duckdb.DuckDBPyConnection, streams: Collection[tuple[str, str]]) -> int:
    """Rows of all raw tables; DuckDB knows the number of each without reading it."""
    counts = " union all ".join(
        f"select count(*) as held from {raw_table(source, stream)}"  # noqa: S608 - checked names
        for source, stream in streams
    )
    return _number(con, f"select sum(held) from ({counts})")  # noqa: S608 - checked names


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
