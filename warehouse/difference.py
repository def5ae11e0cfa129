"""The difference of two published versions, as `restatements` finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.restatement_causes import Sides
from warehouse.restatements import create_changes
from warehouse.sql import dicts, text
from warehouse.versions import Version, find_version

_SUMMARY = """
with numbers as (
    select
        *, try_cast(before as decimal(38, 4)) as was, try_cast(after as decimal(38, 4)) as now
    from changes
)

select
    table_name, column_name, cause, count(*) as figures,
    sum(coalesce(now, 0) - coalesce(was, 0)) filter (where coalesce(now, was) is not null) as moved
from numbers
group by all order by all
"""
_CHANGES = """
select * from changes
order by
    abs(coalesce(try_cast(after as double), 0) - coalesce(try_cast(before as double), 0)) desc,
    table_name, key, column_name
limit $most
"""


@dataclass(frozen=True)
class Difference:
    """`changes` are figures (table_name, key, column_name, before, after, cause), the largest
    first, `total` of them at all; `summary` counts them by table, column and cause, `moved` is
    their sum."""

    before: Version
    after: Version
    summary: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    total: int


def compare_versions(
    home: Path, before: str, after: str, keys: Mapping[str, Sequence[str]], most: int
) -> Difference:
    """The difference of two published versions of a home, in the marts of `keys`.

    `most` changes are listed. Raises UnknownVersion; CannotCompare when a version is too old to
    hold what causes are told from.
    """
    old, new = find_version(home, before), find_version(home, after)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for name, version in (("before", old), ("after", new)):
            con.execute(f"attach {text(version.file)} as {name} (read_only)")
        is_redefined = old.definitions != new.definitions
        sides = Sides("before", "after", old.as_of_date, new.as_of_date, is_redefined)
        create_changes(con, sides, keys)
        ((total,),) = con.execute("select count(*) from changes").fetchall()
        return Difference(
            old, new, dicts(con, _SUMMARY), dicts(con, _CHANGES, {"most": most}), total
        )
