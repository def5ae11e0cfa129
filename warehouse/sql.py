"""Small helpers for SQL that we write: literals, and rows by the names of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def text(value: object) -> str:
    """The value as a SQL string literal, for statements that take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"


def dicts(
    con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query, each by the names of its columns."""
    result = con.execute(query, parameters or {})
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
