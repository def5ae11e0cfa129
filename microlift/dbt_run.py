"""One run of dbt in this process, and what its nodes said.

In this process because the import (3 s) can then happen beside the fetches and is paid once for
several builds; the profile gives the DuckDB file back after each run (`keep_open: false`).
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.errors import BuildFailed

if TYPE_CHECKING:
    from warehouse.builds import Scope

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
WAREHOUSE_VARIABLE = "MICROLIFT_WAREHOUSE"
GOOD = {"success", "pass", "skipped", "no-op"}
# Keys of a yml below which nothing changes what a model makes.
PROSE = {"data_tests", "description", "docs", "exposures", "tests", "unit_tests"}


@dataclass(frozen=True)
class Node:
    """One model, seed or test of a run."""

    name: str
    kind: str
    status: str
    message: str
    seconds: float


@dataclass(frozen=True)
class BuildReport:
    """What one build did; `warnings` are tests of severity warn that found something.

    `scope` says what it covered and why: `full, the plan changed` or `11 new fetches`.
    """

    nodes: tuple[Node, ...]
    seconds: float
    scope: str

    @property
    def models(self) -> int:
        """Models built."""
        return sum(node.kind == "model" for node in self.nodes)

    @property
    def tests(self) -> int:
        """Tests that ran."""
        return sum(node.kind == "test" for node in self.nodes)

    @property
    def warnings(self) -> list[Node]:
        """Nodes that warned."""
        return [node for node in self.nodes if node.status == "warn"]


def definitions(project: Path = PROJECT) -> str:
    """A short text that differs when anything does that decides what the models make.

    SQL, Python, seeds and settings, also those in yml (materialization, contract, column types,
    sources, dbt_project.yml). What only describes or judges the figures makes no difference.
    """
    import yaml  # noqa: PLC0415 - only builds and publications ask

    # libyaml is ten times as fast; without it the same is read
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    digest = hashlib.sha256()
    for file in sorted([*project.glob("*.yml"), *project.glob("*/**/*")]):
        name = file.relative_to(project)
        if name.parts[0] == "tests" or name.stem.startswith("_unit_tests"):
            continue
        if file.suffix in {".sql", ".py", ".csv"}:
            digest.update(f"{name}\n".encode() + file.read_bytes())
        elif file.suffix == ".yml":
            told = yaml.load(file.read_bytes(), loader)  # noqa: S506 - both are safe
            kept = json.dumps(_without_prose(told), sort_keys=True, default=str)
            digest.update(f"{name}\n{kept}".encode())
    return digest.hexdigest()[:16]


def _without_prose(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _without_prose(value) for key, value in told.items() if key not in PROSE}
    if isinstance(told, list):
        return [_without_prose(value) for value in told]
    return told


def run_dbt(home: Path, work: Path, scope: Scope, as_of: datetime | None = None) -> BuildReport:
    """Build all models and run their tests in `home`; dbt's own files go below `work`.

    A full `scope` parses all of raw, any other appends what `begin_build` listed to staging.

    Unit tests are left to the test suite: they judge the code, not tonight's data.
    Raises BuildFailed naming each failed model or test with its message.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - 3 s, needed by this step alone

    from warehouse.db import FILE_NAME, held_open  # noqa: PLC0415 - so is DuckDB

    arguments = [
        *("build", "--exclude-resource-type", "unit_test"),
        # Parsing in part trips over tests that moved between files, as with a new release.
        *(("--full-refresh", "--no-partial-parse") if scope.is_full else ()),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
        # Variables that change every night would make dbt parse the whole project every night.
        *(("--vars", json.dumps({"as_of": as_of.isoformat()})) if as_of else ()),
        *("--quiet", "--no-use-colors", "--no-version-check", "--no-send-anonymous-usage-stats"),
        # dbt writes down thousands of events before it looks at their level, which takes a second;
        # what failed and how long each node took is in its answer.
        *("--log-level", "none", "--log-level-file", "none", "--no-print"),
        "--no-write-json",  # half a megabyte about itself that nobody reads
    ]
    with (
        _environment(WAREHOUSE_VARIABLE, str(home / FILE_NAME)),
        held_open(home),
        _no_collections(),
    ):
        answer = dbtRunner().invoke(arguments)
    if isinstance(answer.exception, BaseException) and not isinstance(answer.exception, Exception):
        raise answer.exception  # somebody wants us to stop; dbt hands that over as a result
    if answer.exception is not None:
        raise BuildFailed([("dbt", str(answer.exception).strip())])
    results: Any = answer.result
    nodes = tuple(
        Node(
            name=result.node.name,
            kind=str(result.node.resource_type),
            status=str(result.status),
            message=(result.message or "").strip(),
            seconds=result.execution_time,
        )
        for result in results.results
    )
    failures = [(n.name, n.message) for n in nodes if n.status not in GOOD | {"warn"}]
    if failures or not answer.success:
        raise BuildFailed(failures or [("dbt", "failed without saying why")])
    return BuildReport(nodes, results.elapsed_time, str(scope))


@contextmanager
def _no_collections() -> Iterator[None]:
    """Looking for garbage among dbt's million objects takes a fifth of a build; it makes 150 MB."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _environment(variable: str, value: str) -> Iterator[None]:
    """dbt's profile takes the path of the file from the environment and from nowhere else."""
    before = os.environ.get(variable)
    os.environ[variable] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
