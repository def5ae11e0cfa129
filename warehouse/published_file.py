"""Writes the one file that readers open: the marts, their views and comments, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from warehouse.cost_lines import keep_cost_lines
from warehouse.db import transaction
from warehouse.errors import CannotPublish
from warehouse.fingerprint import quote
from warehouse.publication import PUBLICATION, Stamp, create_publication
from warehouse.restatements import COLUMNS as RESTATEMENTS_COLUMNS
from warehouse.restatements import COMMENT as RESTATEMENTS_COMMENT
from warehouse.restatements import TABLE as RESTATEMENTS
from warehouse.restatements import restate
from warehouse.sql import text

if TYPE_CHECKING:
    import duckdb

    from warehouse.versions import Version

SCHEMAS = ("marts", "quality")
# Marts are many small tables: DuckDB's default block of 256 KiB would make the file mostly air.
_BLOCK_BYTES = 16384


def last_observation(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The newest instant at which anything accepted was observed; None in an empty warehouse."""
    row = con.execute(
        "select max(last_observed_at) from raw.fetch_streams where status = 'accepted'"
    ).fetchone()
    return row[0] if row else None


def brand_day(con: duckdb.DuckDBPyConnection, instant: datetime) -> date:
    """The day of that instant in the brand's time zone; in UTC while no plan says which."""
    ((is_built,),) = con.execute(
        "select count(*) from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'intermediate' and table_name = 'int_settings'"
    ).fetchall()
    zone = None
    if is_built:
        ((zone,),) = con.execute(
            "select any_value(time_zone) from intermediate.int_settings"
        ).fetchall()
    return instant.astimezone(ZoneInfo(zone or "UTC")).date()


def published_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None]]:
    """Schema, name and comment of what is published. Raises CannotPublish when marts are missing.

    A run that was killed may have left tables of dbt's own, named `...__dbt_...`: not ours.
    """
    tables = con.execute(
        "select schema_name, table_name, comment from duckdb_tables()"
        " where database_name = current_database() and list_contains($schemas, schema_name)"
        " and table_name <> $publication and not contains(table_name, '__dbt_')"
        " order by schema_name, table_name",
        {"schemas": SCHEMAS, "publication": PUBLICATION},
    ).fetchall()
    if not any(schema == "marts" for schema, _, _ in tables):
        raise CannotPublish("there are no marts yet: build them first")
    return tables


def write_published_file(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    stamp: Stamp,
    *,
    sources: Mapping[str, str | None] = MappingProxyType({}),
    before: Version | None = None,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, int]:
    """Write marts and quality to a new file, checkpointed and closed; `{schema.table: rows}`.

    One Parquet file a mart goes beside it. `sources` are those that are set up, each with why its
    last try failed, None when it did not. What changed against the version `before`, in the marts
    of `keys`, becomes `rpt_restatements`. Raises CannotPublish when there are no marts, or when
    a view reads something that is not published.
    """
    home_database = str(con.execute("select current_database()").fetchall()[0][0])
    tables = published_tables(con)
    con.execute(f"attach {text(str(path))} as published (block_size {_BLOCK_BYTES})")
    try:
        with transaction(con):
            for schema in SCHEMAS:
                con.execute(f"create schema published.{schema}")
            for schema, table, comment in tables:
                name = f"{schema}.{quote(table)}"
                con.execute(f"create table published.{name} as from {name}")
                _comment(con, "table", name, comment)
            comments = create_publication(con, stamp, sources)
            _comment(con, "table", f"marts.{PUBLICATION}", "One row per source of this version.")
            for column, comment in comments.items():
                _comment(con, "column", f"marts.{PUBLICATION}.{column}", comment)
        with transaction(con):
            keep_cost_lines(con)
        restate(con, stamp, before, keys or {})
        _comment(con, "table", f"marts.{RESTATEMENTS}", RESTATEMENTS_COMMENT)
        for column, (_, comment) in RESTATEMENTS_COLUMNS.items():
            _comment(con, "column", f"marts.{RESTATEMENTS}.{quote(column)}", comment)
        _copy_views(con, home_database)
        with transaction(con):
            _copy_column_comments(con, home_database)
        rows = _export_parquet(con, path.parent)
        con.execute("checkpoint published")
    finally:
        con.execute("detach published")
    return rows


def _copy_views(con: duckdb.DuckDBPyConnection, home_database: str) -> None:
    views = con.execute(
        "select view_name, sql, comment from duckdb_views()"
        " where database_name = $database and schema_name = 'marts' and not internal"
        " and not contains(view_name, '__dbt_') order by view_oid",
        {"database": home_database},
    ).fetchall()
    for view, sql, comment in views:
        query = _without_database(con, sql.partition(" AS ")[2].rstrip("; \n"), home_database)
        with _inside(con, "published", home_database):
            con.execute(f"create view marts.{quote(view)} as {query}")
        _comment(con, "view", f"marts.{quote(view)}", comment)


def _without_database(con: duckdb.DuckDBPyConnection, query: str, database: str) -> str:
    """The query with `database.schema.table` cut to `schema.table`: readers name the file anew."""
    parsed = con.execute("select json_serialize_sql($query)", {"query": query}).fetchall()[0][0]

    def unqualified(node: dict[str, object]) -> dict[str, object]:
        return node | {"catalog_name": ""} if node.get("catalog_name") == database else node

    plan = json.loads(parsed, object_hook=unqualified)
    if plan["error"]:
        raise CannotPublish(f"a view cannot be read: {plan['error_message']}")
    return str(
        con.execute(
            "select json_deserialize_sql($plan::json)", {"plan": json.dumps(plan)}
        ).fetchall()[0][0]
    )


def _copy_column_comments(con: duckdb.DuckDBPyConnection, home_database: str) -> None:
    for schema, table, column, comment in con.execute(
        "select source.schema_name, source.table_name, source.column_name, source.comment"
        " from duckdb_columns() as source inner join duckdb_columns() as target"
        " using (schema_name, table_name, column_name)"
        " where source.database_name = $database and target.database_name = 'published'"
        " and source.comment is not null and source.table_name <> $publication",
        {"database": home_database, "publication": PUBLICATION},
    ).fetchall():
        _comment(con, "column", f"{schema}.{quote(table)}.{quote(column)}", comment)


def _comment(con: duckdb.DuckDBPyConnection, kind: str, name: str, comment: str | None) -> None:
    if comment:
        con.execute(f"comment on {kind} published.{name} is {text(comment)}")


def _export_parquet(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    rows = {}
    for schema, table in con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = 'published' and list_contains($schemas, schema_name)"
        " order by schema_name, table_name",
        {"schemas": SCHEMAS},
    ).fetchall():
        name = f"published.{schema}.{quote(table)}"
        rows[f"{schema}.{table}"] = int(
            con.execute(f"select count(*) from {name}").fetchall()[0][0]  # noqa: S608 - quoted
        )
        if schema == "marts":
            target = text(str(folder / f"{table}.parquet"))
            con.execute(f"copy {name} to {target} (format parquet, compression zstd)")
    return rows


@contextmanager
def _inside(con: duckdb.DuckDBPyConnection, database: str, back_to: str) -> Iterator[None]:
    con.execute(f"use {database}")
    try:
        yield
    finally:
        con.execute(f"use {quote(back_to)}")
