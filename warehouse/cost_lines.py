"""The plan's cost lines behind a version, kept in its file: they tell edits from other rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.sql import text

if TYPE_CHECKING:
    import duckdb

SCHEMA = "evidence"
NAME = f"{SCHEMA}.cost_lines"
_COMMENT = (
    "One row per cost line of the plan as this version had it, in the plan's currency and in the"
    " brand's. It tells a later version whether a cost was edited or has another exchange rate."
)
_COLUMNS = (
    "cost_id, collaboration_id, cost_type, incurred_on, paid_on, first_day, last_day, cost_amount,"
    " cost_currency_code, cost, currency_code"
)
_ON_DAYS = """
    select
        '{side}' as side, cost_id, collaboration_id, cost_type, cost_amount, cost_currency_code,
        unnest([
            {{'recognition': 'cash', 'days': 1, 'dates': [paid_on]}},
            {{'recognition': 'accrual', 'days': 1, 'dates': [incurred_on]}},
            {{
                'recognition': 'spread',
                'days': last_day - first_day + 1,
                'dates': generate_series(first_day, last_day, interval 1 day)::date[]
            }}
        ], recursive := true),
        cost
    from {database}.evidence.cost_lines
"""
# Days of a deal and cost type of which the exchange rate moved more than the plan did.
_RATED = """
create or replace temp table rated_costs as
with lines as ({before} union all {after}),

parts as (
    select
        * exclude (dates, cost), unnest(dates) as date_day, cost / days as part,
        row(cost_amount, cost_currency_code, days) as terms
    from lines
),

compared as (
    select
        collaboration_id, cost_type, recognition, date_day,
        abs(coalesce(a.part, 0) - coalesce(b.part, 0)) as size,
        a.terms is not distinct from b.terms as is_rate
    from (from parts where side = 'before') as b
    full join (from parts where side = 'after') as a
        using (cost_id, collaboration_id, cost_type, recognition, date_day)
    where date_day is not null
)

select collaboration_id, cost_type, recognition, date_day
from compared
group by all
having sum(if(is_rate, size, -size)) > 0
"""
_NONE_RATED = """
create or replace temp table rated_costs (
    collaboration_id varchar, cost_type varchar, recognition varchar, date_day date
)
"""


def keep_cost_lines(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the lines the marts were made of into the attached new file `published`, if any."""
    ((is_built,),) = con.execute(
        "select count(*) from duckdb_tables() where database_name = current_database()"
        " and schema_name = 'intermediate' and table_name = 'int_cost_lines'"
    ).fetchall()
    if not is_built:
        return
    con.execute(f"create schema published.{SCHEMA}")
    con.execute(
        f"create table published.{NAME} as"  # noqa: S608 - constants of this file
        f" select {_COLUMNS} from intermediate.int_cost_lines order by cost_id"
    )
    con.execute(f"comment on table published.{NAME} is {text(_COMMENT)}")


def create_rated_costs(con: duckdb.DuckDBPyConnection, before: str, after: str) -> None:
    """The temporary table `rated_costs`: what has another cost because of another exchange rate.

    Empty where one of the two attached versions kept no cost lines.
    """
    ((kept,),) = con.execute(
        "select count(*) from duckdb_tables()"
        " where database_name in ($before, $after) and schema_name || '.' || table_name = $name",
        {"before": before, "after": after, "name": NAME},
    ).fetchall()
    sides = {
        side: _ON_DAYS.format(side=side, database=database)
        for side, database in (("before", before), ("after", after))
    }
    con.execute(_RATED.format(**sides) if kept == len(sides) else _NONE_RATED)
