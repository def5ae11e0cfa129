"""The models' own SQL, compiled once by dbt and run as often as one likes, without dbt.

For benchmarks and scores over many small warehouses: what runs is what a night runs, in the same
order, with the same seeds; what is left out is dbt itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
DATABASE = "warehouse"


@dataclass(frozen=True)
class Model:
    """One model or seed: the statement that makes it."""

    name: str
    statement: str


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
            models.append(_of_model(nodes[name]))
        elif name in manifest and manifest[name]["resource_type"] == "seed":
            models.append(_of_seed(manifest[name]))
    return models


def run_models(con: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Make every model in the connection's database, which must be named `warehouse`."""
    for schema in ("staging", "intermediate", "marts", "quality"):
        con.execute(f"create schema if not exists {DATABASE}.{schema}")
    for model in models:
        con.execute(model.statement)


def _of_model(node: Any) -> Model:
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
