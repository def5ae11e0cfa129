"""Do two files hold the same tables? One short text a table that answers it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

STAMPS = frozenset({"run_id", "published_at"})
# What earlier versions had told; two files with the same marts may have come about differently.
HISTORIES = frozenset({"rpt_restatements"})
# What a build makes of raw, and all that a full one must make alike.
BEHIND_RAW = ("staging", "intermediate", "marts", "quality")


def fingerprint(source: Path | duckdb.DuckDBPyConnection, schema: str = "marts") -> dict[str, str]:
    """`{table: hash}` of every table of a schema but HISTORIES, whatever the order of its rows.

    Columns that only stamp the run (`run_id`, `published_at`) are left out; names and types of the
    others count. `source` is a DuckDB file, opened read-only, or an open connection, whose current
    database is read.
    """
    if isinstance(source, duckdb.DuckDBPyConnection):
        return _fingerprint(source, schema)
    with duckdb.connect(str(source), read_only=True) as con:
        return _fingerprint(con, schema)


def fingerprints(
    source: Path | duckdb.DuckDBPyConnection, schemas: Iterable[str] = BEHIND_RAW
) -> dict[str, str]:
    """`{schema.table: hash}`, as `fingerprint` says, of several schemas of one file."""
    return {
        f"{schema}.{table}": found
        for schema in schemas
        for table, found in fingerprint(source, schema).items()
    }


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Tables that two files do not hold alike, by their fingerprints; those that one lacks too."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _fingerprint(con: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in con.execute(
        "select columns.table_name, column_name, data_type from duckdb_columns() as columns"
        " inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid"
        " and columns.database_oid = tables.database_oid"
        " where columns.schema_name = $schema and columns.database_name = current_database()"
        " order by columns.table_name, column_name",
        {"schema": schema},
    ).fetchall():
        columns.setdefault(table, [])
        if column not in STAMPS:
            columns[table].append((column, data_type))
    return {
        table: _table_hash(con, f"{quote(schema)}.{quote(table)}", kept)
        for table, kept in columns.items()
        if table not in HISTORIES
    }


def _table_hash(con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]) -> str:
    # Null and every text must differ, and so must ('a', 'bc') and ('ab', 'c').
    texts = [_as_text(*column) for column in columns]
    row = " || ".join(f"coalesce(length({text}) || ':' || {text}, '-')" for text in texts) or "''"
    # A sum of the rows' digests does not depend on their order, and rows that repeat count.
    counted = con.execute(
        f"""
        select count(*), sum(md5_number_lower(line))
        from (select {row} as line from {table})
        """  # noqa: S608 - quoted names from the catalogue
    ).fetchone()
    return hashlib.sha256(repr((columns, counted)).encode()).hexdigest()[:32]


def _as_text(column: str, data_type: str) -> str:
    # The text of an instant depends on the session's time zone, its microseconds do not.
    if data_type == "TIMESTAMP WITH TIME ZONE":
        return f"epoch_us({quote(column)})::varchar"
    return f"{quote(column)}::varchar"


def quote(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
