"""What changed between two published versions, figure by figure, and why.

Both are read as they were published, so a change is explained by what readers saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from warehouse.errors import CannotCompare
from warehouse.fingerprint import STAMPS, quote
from warehouse.restatement_causes import CAUSES, Sides, cause, create_evidence, joins
from warehouse.sql import text

if TYPE_CHECKING:
    import duckdb

    from warehouse.publication import Stamp
    from warehouse.versions import Version

TABLE = "rpt_restatements"
# Facts of a day: once the day is over nobody expects them to move.
DATED = (
    "fct_audience_growth_daily",
    "fct_costs_daily",
    "fct_engagement_daily",
    "fct_order_credits",
    "fct_revenue_daily",
    "fct_roi_daily",
)
_NUMBERS = ("BIGINT", "DECIMAL", "DOUBLE", "HUGEINT", "INTEGER")
_DAYS = ("date_day", "ordered_on")
_NEEDED = {
    "dim_campaigns",
    "dim_collaborations",
    "dim_posts",
    "fct_costs_daily",
    "fct_order_credits",
    "fct_order_evidence",
    "fct_revenue_events",
    "rpt_campaign_roi",
}
KEEP_DAYS = 90

COLUMNS = {
    "run_id": ("varchar", "The run that published the figure as it is after the change."),
    "published_at": ("timestamptz", "When readers got the changed figure (UTC)."),
    "before_run_id": ("varchar", "The run that had published the figure as it was before."),
    "table_name": ("varchar", "The mart that holds the figure."),
    "key": ("varchar", "The key of its row in that mart, as JSON."),
    "column_name": ("varchar", "The column of the figure."),
    "before": ("varchar", "The figure as it was; null where it was not known or not there."),
    "after": ("varchar", "The figure as it is; null where it is not known or there any more."),
    "cause": ("varchar", ". ".join(f"{name}: {meaning}" for name, meaning in CAUSES.items())),
}
COMMENT = (
    "One row per figure of a finished day that readers had already seen and that a later version"
    f" changed, in the {KEEP_DAYS} days before this version."
)


def create_changes(
    con: duckdb.DuckDBPyConnection,
    sides: Sides,
    keys: Mapping[str, Sequence[str]],
    *,
    is_finished_only: bool = False,
) -> None:
    """Make the temporary table `changes` (table_name, key, column_name, before, after, cause).

    `keys` are the keys of the marts to compare; a mart or column that only one side holds is left
    out. With `is_finished_only` only figures of finished days count, and of credits only those of
    the default model and window: what `rpt_restatements` tells. Raises CannotCompare.
    """
    con.execute(
        "create or replace temp table changes (table_name varchar, key varchar,"
        " column_name varchar, before varchar, after varchar, cause varchar)"
    )
    before, after = _columns(con, sides.before), _columns(con, sides.after)
    if not before.keys() & after.keys() >= _NEEDED:
        if is_finished_only:  # a version of another age restates nothing
            return
        missing = ", ".join(sorted(_NEEDED - (before.keys() & after.keys())))
        raise CannotCompare(f"one of the two versions does not hold {missing}")
    create_evidence(con, sides)
    for table, key in keys.items():
        columns = {
            name: kind
            for name, kind in before.get(table, {}).items()
            if name in after.get(table, {})
        }
        if {*key} <= {*columns} and (table in DATED or not is_finished_only):
            _compare(con, sides, table, key, columns, is_finished_only=is_finished_only)


def restate(
    con: duckdb.DuckDBPyConnection,
    stamp: Stamp,
    before: Version | None,
    keys: Mapping[str, Sequence[str]],
) -> None:
    """Write `rpt_restatements` into the attached new file `published`: what the version `before`
    told of the last KEEP_DAYS, and what changed against it in the marts of `keys`."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    con.execute(f"create table published.marts.{TABLE} ({columns})")
    if before is None:
        return
    con.execute(f"attach {text(before.file)} as before (read_only)")
    try:
        if {*COLUMNS} <= {*_columns(con, "before").get(TABLE, {})}:
            con.execute(
                f"insert into published.marts.{TABLE} by name"
                f" from before.marts.{TABLE} where published_at > $oldest",
                {"oldest": stamp.published_at - timedelta(days=KEEP_DAYS)},
            )
        is_redefined = stamp.definitions != before.definitions
        sides = Sides("before", "published", before.as_of_date, stamp.as_of_date, is_redefined)
        create_changes(con, sides, keys, is_finished_only=True)
        con.execute(
            f"insert into published.marts.{TABLE} by name"  # noqa: S608
            " select $run as run_id, $now as published_at, $before as before_run_id, *"
            " from changes order by table_name, key, column_name",
            {"run": stamp.run_id, "before": before.run_id, "now": stamp.published_at},
        )
    finally:
        con.execute("detach before")


def _compare(
    con: duckdb.DuckDBPyConnection,
    sides: Sides,
    table: str,
    key: Sequence[str],
    columns: Mapping[str, str],
    *,
    is_finished_only: bool,
) -> None:
    name, figures = quote(table), [c for c in columns if c not in {*key, *STAMPS}]
    day = next((column for column in _DAYS if column in columns), None)
    kept = [f"coalesce(a.{quote(c)}, b.{quote(c)}) as {quote(c)}" for c in columns]
    row_key = [f"'{c}', coalesce(a.{quote(c)}, b.{quote(c)})" for c in key]
    each = [
        f"{{'name': '{c}', 'is_number': {columns[c].startswith(_NUMBERS)},"
        f" 'before': b.{quote(c)}::varchar, 'after': a.{quote(c)}::varchar}}"
        for c in figures
    ]
    wanted = ["true"]
    if is_finished_only:
        wanted.append(f"coalesce(a.{day}, b.{day}) < {sides.first_open_day}")
    if is_finished_only and table == "fct_order_credits":
        wanted.append(
            "coalesce(a.attribution_model, b.attribution_model)"
            " || coalesce(a.lookback_days, b.lookback_days)"
            " = (select view_after from changed_settings)"
        )
    con.execute(
        f"""
        insert into changes by name
        with rows as (
            select
                {", ".join(kept)},
                json_object({", ".join(row_key)}) as row_key,
                a.is_there and b.is_there as is_in_both,
                unnest([{", ".join(each)}]) as figure
            from (select *, true as is_there from {sides.before}.marts.{name}) as b
            full join (select *, true as is_there from {sides.after}.marts.{name}) as a
                on {" and ".join(f"a.{quote(c)} is not distinct from b.{quote(c)}" for c in key)}
            where
                row(b.is_there, {", ".join(f"b.{quote(c)}" for c in figures)})
                is distinct from row(a.is_there, {", ".join(f"a.{quote(c)}" for c in figures)})
                and {" and ".join(wanted)}
        ),

        told as (
            select
                '{table}' as table_name, rows.row_key as key, rows.figure.name as column_name,
                rows.figure.before as before, rows.figure.after as after,
                {cause(columns, sides, has_day=day is not None)} as cause
            from rows {joins([*columns])}
            where
                rows.figure.before is distinct from rows.figure.after
                -- of a row that came or went, its numbers say all
                and (rows.is_in_both or rows.figure.is_number)
        )

        from told {"where cause <> 'new_data'" if is_finished_only else ""}
        """  # noqa: S608 - names from the catalogue, quoted
    )


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """The columns of each mart of an attached version, in their order, and their types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select columns.table_name, columns.column_name, columns.data_type"
        " from duckdb_columns() as columns"
        " inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid"
        " and columns.database_oid = tables.database_oid"
        " where columns.schema_name = 'marts' and columns.database_name = $database"
        " order by columns.table_name, columns.column_index",
        {"database": database},
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found
