"""`quality.gate_results`: what the gates said, kept with the data and published with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import pandas as pd

if TYPE_CHECKING:
    import duckdb

_GATE_RESULTS = """
create schema if not exists quality;
create table if not exists quality.gate_results (
    run_id varchar, suite varchar, table_name varchar, check_name varchar, subject varchar,
    severity varchar, observed double, limit_value varchar, passed boolean, meaning varchar,
    checked_at timestamptz
);
"""


class GateResult(Protocol):
    """One judged check; `expectations.GateResult` fits."""

    @property
    def suite(self) -> str: ...
    @property
    def table_name(self) -> str: ...
    @property
    def check_name(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def observed(self) -> float | None: ...
    @property
    def limit_value(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def meaning(self) -> str: ...


@dataclass(frozen=True)
class Finding:
    """A result of the warehouse's own checks, beside those of the gates."""

    suite: str
    table_name: str
    check_name: str
    subject: str
    severity: str
    observed: float | None
    limit_value: str
    passed: bool
    meaning: str


class Verdicts(Protocol):
    """What the raw gate answers: its results, and why which (fetch_id, source, stream) is out."""

    @property
    def verdict(self) -> str: ...
    @property
    def results(self) -> Sequence[GateResult]: ...
    @property
    def refused(self) -> Mapping[tuple[str, ...], str]: ...


def create_quality(con: duckdb.DuckDBPyConnection) -> None:
    """Create the table of gate results when it is missing."""
    con.execute(_GATE_RESULTS)


def record_gate(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    results: Sequence[GateResult],
    checked_at: datetime,
) -> None:
    """Keep the results of one judged suite; judging it again in the same run replaces them."""
    create_quality(con)
    con.execute(
        "delete from quality.gate_results where run_id = $run_id and list_contains($suites, suite)",
        {"run_id": run_id, "suites": sorted({result.suite for result in results})},
    )
    append_results(con, run_id, results, checked_at)


def append_results(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    results: Sequence[GateResult],
    checked_at: datetime,
) -> None:
    """Add results to those the run has already."""
    if not results:
        return
    columns = {
        name: [getattr(result, name) for result in results]
        for name in (
            *("suite", "table_name", "check_name", "subject", "severity", "limit_value"),
            *("passed", "meaning"),
        )
    }
    observed = pd.Series([result.observed for result in results], dtype="float64")
    con.register("judged", pd.DataFrame({**columns, "observed": observed}))
    con.execute(
        """
        insert into quality.gate_results
        select
            $run_id, suite, table_name, check_name, subject, severity,
            case when not isnan(observed) then observed end, limit_value, passed, meaning,
            $checked_at
        from judged
        """,
        {"run_id": run_id, "checked_at": checked_at},
    )
    con.unregister("judged")
