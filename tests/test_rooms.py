"""The rooms and who may import whom (CONTRIBUTING.md), read off the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dags", "expectations", "ingest", "microlift", "sandbox", "warehouse")
MAY_IMPORT = {
    "dags": {"dags", "ingest", "microlift"},
    "expectations": {"expectations"},
    "ingest": {"ingest"},
    "microlift": {"expectations", "ingest", "microlift", "warehouse"},
    "sandbox": {"sandbox"},
    "warehouse": {"warehouse"},
}
# The rehearsals are the only shipped code that talks to the stand-in vendors.
REHEARSALS = {
    "microlift/commands/sandbox.py",
    "microlift/rehearsal.py",
}
HEAVY = {"airflow", "dbt", "duckdb", "great_expectations"}
MAY_USE = {
    "dags": {"airflow"},
    "expectations": {"great_expectations"},
    "ingest": set(),
    "microlift": {"dbt"},
    "sandbox": set(),
    "warehouse": {"duckdb"},
}
MAX_LINES = 400


def _imported(path: Path, *, for_types: bool = True) -> set[str]:
    """The top names of what a file imports; `for_types`: also what only type checkers import."""
    names: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [node for node in tree.body if "TYPE_CHECKING" not in ast.unparse(node)[:20]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def _is_rehearsal(relative: str) -> bool:
    return any(relative == name or relative.startswith(name + "/") for name in REHEARSALS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_downwards(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"{room} is empty"
    wrong = []
    for path in files:
        relative = path.relative_to(ROOT).as_posix()
        allowed = MAY_IMPORT[room] | ({"sandbox"} if _is_rehearsal(relative) else set())
        imported = _imported(path)
        wrong += [f"{relative}: {name}" for name in (imported & set(ROOMS)) - allowed]
        used = _imported(path, for_types=False) & HEAVY
        wrong += [f"{relative}: {name}" for name in used - MAY_USE[room]]
    assert not wrong


def test_no_file_is_too_long_to_find_ones_way_in() -> None:
    paths = [
        path
        for pattern in ("*.py", "*.sql")
        for room in (*ROOMS, "dbt_project", "tests", "benchmarks")
        for path in (ROOT / room).rglob(pattern)
        if "target" not in path.parts
    ]
    assert len(paths) > 50
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in paths
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert not long
