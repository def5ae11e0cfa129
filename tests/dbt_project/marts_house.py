"""A house for the marts' tests: wire-format pages go in through the real landing zone and load.

Nothing here knows what a mart should say; `marts_world.py` and the tests do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest.job import FetchJob
from ingest.landing import Landing
from ingest.page import Page
from ingest.plan_source import land_plan
from ingest.registry import ALL_STREAMS, SOURCES
from warehouse.load import load

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
PlanTables = Mapping[str, list[dict[str, Any]]]


def instant(text: str) -> datetime:
    """An ISO instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Verdicts:
    """A raw gate's answer that lets in everything but `refused`."""

    refused: Mapping[tuple[str, ...], str]
    verdict: str = "passed"
    results: tuple[()] = ()


class House:
    """One home folder with its landing zone and warehouse."""

    def __init__(self, home: Path, target: Path) -> None:
        self.home = home
        self.warehouse = home / "warehouse.duckdb"
        self._target = target
        self._landing = Landing(home / "landing")

    def land_plan(self, at: str, tables: PlanTables) -> None:
        """The plan as it stood at an instant."""
        land_plan(self._landing, tables, instant(at), is_simulated=True)

    def land(self, source: str, at: str, pages: Iterable[tuple[str, Any, dict[str, Any]]]) -> str:
        """One fetch of (stream, body, context) pages, all observed at one instant; its id."""
        now = instant(at)
        job = FetchJob(since=now.date(), until=now.date(), now=now)
        request = {"method": "GET", "path": "/", "params": {}}
        with self._landing.begin(SOURCES[source], job, "", is_simulated=True) as writer:
            for stream, body, context in pages:
                is_text = isinstance(body, str)
                raw = body.encode() if is_text else json.dumps(body).encode()
                page = Page(200, {}, raw, None if is_text else body, now, request)
                writer.write(stream, page, context)
            return writer.commit().fetch_id

    def load(self, run_id: str = "run-1", refused: Iterable[tuple[str, str, str]] = ()) -> None:
        """Everything landed into raw; `refused` are (fetch_id, source, stream) kept out."""
        verdicts = Verdicts(dict.fromkeys(refused, "refused in a test"))
        with duckdb.connect(str(self.warehouse)) as con:
            load(
                con,
                self.home / "landing",
                ALL_STREAMS(),
                lambda frame: verdicts,
                b"key",
                run_id,
            )

    def dbt(self, *arguments: str, as_of: str | None = None) -> list[tuple[str, str, str]]:
        """Run dbt on the warehouse: (node, status, message) of every node.

        Raises AssertionError when dbt itself could not run.
        """
        return [
            (result.node.name, str(result.status), result.message or "")
            for result in self._invoke(arguments, as_of)
        ]

    def compiled(self, sql: str) -> str:
        """SQL with its macros expanded."""
        (result,) = self._invoke(("compile", "--inline", sql), None)
        return str(result.node.compiled_code)

    def compiled_models(self, selection: str) -> dict[str, str]:
        """The SQL of the selected models by name, with their macros expanded."""
        results = self._invoke(("compile", "--select", *selection.split()), None)
        return {result.node.name: str(result.node.compiled_code) for result in results}

    def manifest(self) -> dict[str, Any]:
        """dbt's manifest of the project, as the last run wrote it."""
        manifest: dict[str, Any] = json.loads((self._target / "manifest.json").read_text())
        return manifest

    def _invoke(self, arguments: tuple[str, ...], as_of: str | None) -> Any:
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 - 3 s, paid by the first build

        os.environ["MICROLIFT_WAREHOUSE"] = str(self.warehouse)
        variables = {"as_of": as_of} if as_of else {}
        # No ledger tells what is new here: staging parses all of raw.
        is_whole = arguments[0] in {"build", "compile", "run"}
        answer = dbtRunner().invoke(
            [
                *arguments,
                *(("--full-refresh",) if is_whole else ()),
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(self._target), "--log-path", str(self._target)),
                *("--vars", json.dumps(variables)),
                *("--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none"),
            ]
        )
        assert answer.exception is None, answer.exception
        return [one for one in answer.result.results if one.node.resource_type != "operation"]

    def build(self, as_of: str | None = None) -> None:
        """All models and tests, as every night runs them; AssertionError names what failed."""
        results = self.dbt("build", "--exclude-resource-type", "unit_test", as_of=as_of)
        # an exposure is told of and does nothing
        failed = [one for one in results if one[1] not in {"success", "pass", "no-op"}]
        assert not failed, failed

    def make(self, *models: str, as_of: str | None = None) -> None:
        """The named models and all that they read, or all models; no test of dbt's runs."""
        without = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
        wanted = ("--select", *(f"+{model}" for model in models)) if models else ()
        results = self.dbt("build", *without, *wanted, as_of=as_of)
        failed = [one for one in results if one[1] not in {"success", "no-op"}]
        assert not failed, failed

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse, opened read-only."""
        with duckdb.connect(str(self.warehouse), read_only=True) as con:
            con.execute("set timezone = 'UTC'")
            return con.execute(sql).fetchall()
