"""A home to which days are added straight into raw, built as a night builds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from expectations.marts_suite import measure_marts
from ingest.landing import Landing
from ingest.plan_source import land_plan
from ingest.registry import ALL_STREAMS
from microlift.steps import build_home
from warehouse.db import FILE_NAME, connect
from warehouse.fingerprint import fingerprints
from warehouse.load import load

if TYPE_CHECKING:
    from microlift.dbt_run import Node

AddDays = Callable[[duckdb.DuckDBPyConnection, int, int], None]


@dataclass(frozen=True)
class Built:
    """Seconds of a build by the clock, of the processor, and of its nodes, the dearest first."""

    scope: str
    whole: float
    processor: float
    nodes: tuple[Node, ...]

    def seconds(self, kind: str, names: Collection[str] | None = None) -> dict[str, float]:
        """Of the nodes of a kind, or of those with these names."""
        return {
            node.name: round(node.seconds, 3)
            for node in self.nodes
            if node.kind == kind and (names is None or node.name in names)
        }


@dataclass(frozen=True)
class _LetIn:
    """A raw gate's answer that refuses nothing."""

    verdict: str = "passed"
    results: tuple[()] = ()
    refused: Mapping[tuple[str, ...], str] = field(default_factory=dict)


class Bench:
    """A home with that plan and the data that `add_days(con, first, last)` writes into raw.

    dbt's own files lie beside the homes, so that it parses once for all of them.
    """

    def __init__(
        self,
        home: Path,
        plan: Mapping[str, list[dict[str, Any]]],
        planned_at: datetime,
        add_days: AddDays,
    ) -> None:
        self._home, self._add_days = home, add_days
        home.mkdir(parents=True, exist_ok=True)
        landing = home / "landing"
        land_plan(Landing(landing), plan, planned_at, True)
        with connect(home) as con:
            load(con, landing, ALL_STREAMS(), lambda frame: _LetIn(), b"key", "bench")

    def add(self, first: int, last: int) -> None:
        """The days with these numbers, `last` left out, as load would have put them into raw."""
        with connect(self._home) as con:
            self._add_days(con, first, last)

    def build(self, *, is_full: bool = False) -> Built:
        """What a night does between load and check."""
        began, used = time.monotonic(), time.process_time()
        work = self._home.parents[1] / "dbt"
        report = build_home(self._home, work, "bench", is_full=is_full)
        return Built(
            report.scope,
            round(time.monotonic() - began, 2),
            round(time.process_time() - used, 2),
            tuple(sorted(report.nodes, key=lambda node: -node.seconds)),
        )

    def gate(self) -> float:
        """Seconds of what the marts gate measures, by the clock."""
        with connect(self._home) as con:
            began = time.monotonic()
            measure_marts(lambda sql: con.execute(sql).df())
            return round(time.monotonic() - began, 2)

    def tables(self) -> dict[str, str]:
        """A hash of every table behind raw."""
        return fingerprints(self._home / FILE_NAME)
