"""The plan as the steps use it: rows to land, accounts at an instant, and a hash.

`read_plan` takes the folder or refuses it as a whole; a night then falls back on the plan that was
landed last (`plan/landed.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.job import Account, Link
from ingest.plan_source import plan_hash
from microlift.plan.checking import check_tables
from microlift.plan.problems import PlanError, Problem
from microlift.plan.reading import Line, read_brand, read_table
from microlift.plan.rows import FILES

if TYPE_CHECKING:
    from microlift.plan.brand import Brand

Tables = Mapping[str, list[dict[str, Any]]]
_NAMES_AN_INFLUENCER = (
    ("accounts", "owner_id"),
    ("collaborations", "influencer_id"),
    ("interactions", "influencer_id"),
)


@dataclass(frozen=True)
class Plan:
    """A valid plan. `tables` has `brand` (one row) and one list per csv file, as landed."""

    brand: Brand
    tables: Tables

    @property
    def hash(self) -> str:
        """Hex SHA-256 of what the plan says; comments and spaces do not count."""
        return plan_hash(self.tables)

    def accounts_at(self, instant: datetime, platform: str) -> tuple[Account, ...]:
        """The accounts of a platform that are valid on the UTC day of `instant`."""
        day = instant.date()
        return tuple(
            Account(
                platform=row["platform"],
                account_id=row["account_id"],
                handle=row["handle"],
                owner_id=row["owner_id"],
                is_authorised=row["is_authorised"],
            )
            for row in self.tables["accounts"]
            if row["platform"] == platform and _covers(row, day)
        )

    def links_since(self, day: date) -> tuple[Link, ...]:
        """The links with a short address whose deal is tracked on or after a day.

        A deal is tracked as long as its posts are: links are clicked after a campaign has ended.
        """
        ended = (day - timedelta(days=self.brand.track_posts_days)).isoformat()
        tracked = {
            row["collaboration_id"]
            for row in self.tables["collaborations"]
            if row["ends_on"] >= ended
        }
        return tuple(
            Link(row["link_id"], row["short_url"])
            for row in self.tables["links"]
            if row["short_url"] and row["collaboration_id"] in tracked
        )

    def counts(self) -> dict[str, int]:
        """Rows per file, for people."""
        return {name: len(rows) for name, rows in self.tables.items() if name != "brand"}


def read_plan(folder: Path) -> Plan:
    """The plan in `folder`. Raises PlanError with every fault of every file."""
    if not folder.is_dir():
        fault, mend = "is no folder", "run `microlift init DIR` or set MICROLIFT_PLAN"
        raise PlanError([Problem(folder.name, 0, "", fault, mend)], str(folder))
    brand, problems = read_brand(folder)
    lines: dict[str, list[Line]] = {}
    broken: set[str] = set()
    for name in FILES:
        lines[name], faults = read_table(folder, name)
        problems += faults
        if faults:
            broken.add(name)
    problems += check_tables(lines, broken)
    problems += _check_names(folder)
    if problems or brand is None:
        raise PlanError(problems, str(folder))
    tables = {name: [line.row.model_dump(mode="json") for line in lines[name]] for name in FILES}
    follow_merges(tables)
    return Plan(brand, {"brand": [brand.as_row()], **tables})


def follow_merges(tables: dict[str, list[dict[str, Any]]]) -> None:
    """Give what belongs to a merged influencer to the one who stays, in every file that names one.

    The merged one's own row stays and says who it became; no model has to know of merges.
    """
    into = {row["influencer_id"]: row["merged_into"] for row in tables["influencers"]}

    def last(name: str) -> str:
        while (target := into.get(name)) is not None:
            name = target
        return name

    for row in tables["influencers"]:
        if row["merged_into"] is not None:
            row["merged_into"] = last(row["merged_into"])
    for table, column in _NAMES_AN_INFLUENCER:
        for row in tables[table]:
            row[column] = last(row[column])


def _check_names(folder: Path) -> list[Problem]:
    """A csv file with an unknown name is a mistyped one: its rows would be missed in silence."""
    known = {f"{name}.csv" for name in FILES}
    mend = f"rename it to one of {', '.join(sorted(known))}, or move it out of the plan"
    return [
        Problem(path.name, 0, "", "is not a file of the plan", mend)
        for path in folder.glob("*.csv")
        if path.name not in known
    ]


def _covers(row: Mapping[str, Any], day: date) -> bool:
    start, end = row["valid_from"], row["valid_to"]
    return (start is None or start <= day.isoformat()) and (end is None or day.isoformat() <= end)
