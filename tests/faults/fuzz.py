"""Mutated payloads through every staging model: never an exception, never a zero nobody sent."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from fuzz_night import land_full_night
from marts_house import House
from mutations import BIG, mutated, without_zeros
from storm_house import KEY, LetIn

from ingest.registry import ALL_STREAMS
from microlift.fetching import LANDING
from warehouse.load import load

BATCH = 1000
SAMPLES = 300
# Raw tables that no model reads, so that there is nothing to break; any other one is fuzzed.
UNREAD = {
    # An order names its own currency, and days are the brand's.
    "shopify__shop",
    # Collected while it can be had; no figure reads days of videos yet.
    "youtube_analytics__video_days",
}
# Zeros that stand for something: where a page of ours begins, and a count of rows that the vendor
# leaves out when there are none.
TRUE_ZEROS = {
    ("stg_ga4__session_requests", "row_offset"),
    ("stg_ga4__session_requests", "row_count"),
}
_RAW_TABLE = re.compile(r'"raw"\."(\w+__\w+)"')

Row = tuple[str, str, Any, str, int]  # payload, context, observed_at, fetch_id, number


@dataclass
class Finding:
    """A payload that a model does not bear, and how it shows."""

    model: str
    payload: str
    problem: str


@dataclass
class Fuzzed:
    """What a fuzz came to."""

    payloads: int = 0
    tables: int = 0
    models: int = 0
    exact: int = 0
    without: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Laboratory:
    """A warehouse with a real night of every source, and the compiled SQL of every staging model.

    `samples` are real rows by raw table, without their zeros.
    """

    def __init__(self, home: Path) -> None:
        house = House(home, home / "target")
        land_full_night(home)
        with duckdb.connect(str(house.warehouse)) as con:
            load(con, home / LANDING, ALL_STREAMS(), lambda frame: LetIn(), KEY, "fuzz")
        models = house.compiled_models("staging")
        self.models = {
            name: (sql, tables)
            for name, sql in models.items()
            if (tables := {*_RAW_TABLE.findall(sql)})
        }
        self.con = duckdb.connect(str(house.warehouse))
        self.con.execute("set timezone = 'UTC'")
        self.samples: dict[str, list[Row]] = {}
        for table in sorted({table for _, tables in self.models.values() for table in tables}):
            self.samples[table] = self.con.execute(
                "select payload::varchar, context::varchar, observed_at, fetch_id, 0"
                f" from raw.{table} where quarantine_reason is null limit {SAMPLES}"
            ).fetchall()
        # A model may read several tables: what the night left in them must not be taken for a find.
        self.clear(*self.samples)

    def close(self) -> None:
        self.con.close()

    def clear(self, *tables: str) -> None:
        """Take all rows out of these tables."""
        for table in tables:
            self.con.execute(f"delete from raw.{table}")

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Make these the accepted rows of the table, the only ones."""
        columns = zip(*rows, strict=True) if rows else ([],) * 5
        names = ("payload", "context", "observed_at", "fetch_id", "number")
        found = pa.table(dict(zip(names, map(list, columns), strict=True)))
        self.clear(table)
        self.con.register("found", found)
        self.con.execute(
            f"insert into raw.{table} by name select payload::json as payload,"
            " context::json as context, observed_at, fetch_id, number as page,"
            " 1 as row_number, null as quarantine_reason from found"
        )
        self.con.unregister("found")

    def rows_of(self, model: str) -> list[tuple[Any, ...]]:
        """The model's rows over what is in raw."""
        return self.con.execute(self.models[model][0]).fetchall()

    def readers(self, table: str) -> list[str]:
        """The models that read the table."""
        return sorted(name for name, (_, tables) in self.models.items() if table in tables)


def fuzz(laboratory: Laboratory, payloads: int, seed: int = 0) -> Fuzzed:
    """That many mutated payloads, spread over all raw tables, through the models that read them."""
    done = Fuzzed(models=len(laboratory.models))
    share = -(-payloads // sum(bool(rows) for rows in laboratory.samples.values()))
    for table, samples in laboratory.samples.items():
        if not samples:
            done.without.append(table)
            continue
        done.tables += 1
        is_ours = table.startswith("plan__")  # written by us, from a checked plan
        draw = random.Random(f"{seed} {table}")
        clean = [(without_zeros(json.loads(row[0])), row) for row in samples]
        for begin in range(0, share, BATCH):
            rows = [
                (mutated(value, draw, may_double=not is_ours), *row[1:4], number)
                for number in range(min(BATCH, share - begin))
                for value, row in [draw.choice(clean)]
            ]
            done.payloads += len(rows)
            for model in laboratory.readers(table):
                known = {(one.model, one.problem) for one in done.findings}
                done.findings += [
                    found
                    for found in _findings(laboratory, table, model, rows, done)
                    if (found.model, found.problem) not in known
                ]
        laboratory.clear(table)
    return done


def _findings(
    laboratory: Laboratory, table: str, model: str, rows: list[Row], done: Fuzzed | None = None
) -> Iterator[Finding]:
    laboratory.put(table, rows)
    problem = _problem(laboratory, model, done)
    if problem is None:
        return
    if len(rows) == 1:
        yield Finding(model, rows[0][0], problem)
        return
    # One culprit a batch is enough to mend it and look again.
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        found = list(_findings(laboratory, table, model, part))
        if found:
            yield found[0]
            return
    yield Finding(model, f"{len(rows)} rows together", problem)


def _problem(laboratory: Laboratory, model: str, done: Fuzzed | None) -> str | None:
    try:
        rows = laboratory.rows_of(model)
    except duckdb.Error as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
    names = [column[0] for column in laboratory.con.description or []]
    for row in rows:
        for name, value in zip(names, row, strict=True):
            for number in _numbers(value):
                if number == 0 and (model, name) not in TRUE_ZEROS:
                    return f"a zero in {name}"
                if abs(number - BIG) == 1:
                    return f"2^53 + 1 is not exact in {name}"
                if done is not None and number == BIG:
                    done.exact += 1
    return None


def _numbers(value: Any) -> Iterator[int | float | Decimal]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        yield value
