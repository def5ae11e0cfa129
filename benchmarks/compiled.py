"""The models' own SQL, compiled once by dbt and run as often as one likes, without dbt.

For benchmarks and scores over many small warehouses: what runs is what a night runs, in the same
order, with the same seeds; what is left out is dbt itself.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import duckdb

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
DATABASE = "warehouse"
NOTES = "scratch"  # what a night notes of itself says nothing of figures


@dataclass(frozen=True)
class Model:
    """One model or seed: the statement that makes it, or the file of a model in Python and what it
    reads, as `schema.table` by name."""

    name: str
    statement: str
    python: Path | None = None
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """What the statement makes it of."""
        return self.statement.partition(" as ")[2]


def compile_models(select: Sequence[str], work: Path) -> list[Model]:
    """The selected models and seeds, each after what it reads; dbt's own files go below `work`."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - 3 s

    os.environ["MICROLIFT_WAREHOUSE"] = str(work / f"{DATABASE}.duckdb")
    answer = dbtRunner().invoke(
        [
            *("compile", "--select", *select, "--no-introspect"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
            *("--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none"),
        ]
    )
    if answer.exception is not None:
        raise answer.exception
    result: Any = answer.result
    nodes = {r.node.unique_id: r.node for r in result.results if r.node.resource_type == "model"}
    manifest = json.loads((work / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    reads = {name: list(node.depends_on.nodes) for name, node in nodes.items()}
    models = []
    for name in TopologicalSorter(reads).static_order():
        if name in nodes:
            if nodes[name].schema != NOTES:
                models.append(_of_model(nodes[name], nodes))
        elif name in manifest and manifest[name]["resource_type"] == "seed":
            models.append(_of_seed(manifest[name]))
    return models


def run_models(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Make every model in the connection's database, which must be named `warehouse`."""
    for schema in ("staging", "intermediate", "marts", "quality"):
        con.execute(f"create schema if not exists {DATABASE}.{schema}")
    for model in models:
        if model.python is not None:
            frame = module_of(model.python).model(_Dbt(con, model), con)
            con.register("frame", frame)
        con.execute(model.statement)


class _This(NamedTuple):
    """Where a model in Python stands."""

    database: str
    schema: str
    identifier: str

    def __str__(self) -> str:
        return ".".join(self)


class _Dbt:
    """What a model in Python asks dbt for."""

    def __init__(self, con: duckdb.DuckDBPyConnection, model: Model) -> None:
        self._con, self._reads = con, model.reads
        self.this = _This(DATABASE, "intermediate", model.name)

    def config(self, **_: object) -> None:
        """How it is materialized is ours to say."""

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return self._con.sql(f"from {self._reads[name]}")


def module_of(path: Path) -> ModuleType:
    """A model in Python as a module; dbt's folders are no packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _of_model(node: Any, nodes: Mapping[str, Any]) -> Model:
    if node.language == "python":
        reads = {
            nodes[name].name: f"{DATABASE}.{nodes[name].schema}.{nodes[name].name}"
            for name in node.depends_on.nodes
        }
        statement = f"create or replace table {DATABASE}.{node.schema}.{node.name} as from frame"
        return Model(node.name, statement, PROJECT / node.original_file_path, reads)
    kind = "view" if node.config.materialized == "view" else "table"
    name = f"{node.schema}.{node.name}"
    return Model(node.name, f"create or replace {kind} {DATABASE}.{name} as {node.compiled_code}")


def _of_seed(node: dict[str, Any]) -> Model:
    path = PROJECT / node["original_file_path"]
    name = f"{DATABASE}.{node['schema']}.{node['name']}"
    types = node["config"].get("column_types", {})
    listed = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
    typed = f", types = {{{listed}}}" if listed else ""
    return Model(
        node["name"],
        f"create or replace table {name} as from read_csv('{path}', header = true{typed})",
    )
