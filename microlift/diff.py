"""What changed between two published versions: `warehouse.restatements` over two files."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from microlift.errors import UsageError
from microlift.published import dicts

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.versions import Version


@dataclass(frozen=True)
class Difference:
    """`changes` are figures (table, key, column, before, after, cause), the largest first, `total`
    of them at all; `summary` counts them by table, column and cause, `moved` their sum."""

    before: Version
    after: Version
    summary: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    total: int


_SUMMARY = """
with numbers as (
    select
        *, try_cast(before as decimal(38, 4)) as was, try_cast(after as decimal(38, 4)) as now
    from changes
)

select
    "table", "column", cause, count(*) as figures,
    sum(coalesce(now, 0) - coalesce(was, 0)) filter (where coalesce(now, was) is not null) as moved
from numbers
group by all order by all
"""
_CHANGES = """
select * from changes
order by
    abs(coalesce(try_cast(after as double), 0) - coalesce(try_cast(before as double), 0)) desc,
    "table", "key", "column"
limit $most
"""


def compare_versions(
    home: Path, before: str, after: str, table: str | None, most: int
) -> Difference:
    """The difference of two published versions of a home, of one mart when `table` names it.

    Days before the UTC day of the older version's `as_of` count as finished. Raises UnknownVersion;
    UsageError for an unknown mart.
    """
    import duckdb

    from expectations.marts_measures import KEYS
    from warehouse.published_file import text
    from warehouse.restatement_causes import Sides
    from warehouse.restatements import create_changes
    from warehouse.versions import find_version

    old, new = find_version(home, before), find_version(home, after)
    if table is not None and table not in KEYS:
        raise UsageError(f"no mart {table!r} to compare; there are: {', '.join(sorted(KEYS))}")
    keys = {name: key for name, key in KEYS.items() if table in {None, name}}
    day = old.as_of.astimezone(UTC).date()
    with duckdb.connect() as con:
        for name, version in (("before", old), ("after", new)):
            con.execute(f"attach {text(str(version.file))} as {name} (read_only)")
        is_redefined = old.definitions != new.definitions
        create_changes(con, Sides("before", "after", day, is_redefined), keys)
        ((total,),) = con.execute("select count(*) from changes").fetchall()
        return Difference(
            old, new, dicts(con, _SUMMARY), dicts(con, _CHANGES, {"most": most}), total
        )
