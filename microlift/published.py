"""What readers see: queries on the published file, opened the way we tell readers to open it."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.errors import UsageError

if TYPE_CHECKING:
    import duckdb

DEMO = Path("demo")
OF_DEMO = f"MICROLIFT_HOME={DEMO}/data MICROLIFT_PLAN={DEMO}/plan"


def current_file(home: Path) -> Path:
    """The published file of a home. Raises UsageError before the first publish."""
    from warehouse.versions import CURRENT

    path = home / "published" / CURRENT
    if not path.exists():
        demo = DEMO / "data" / "published" / CURRENT
        hint = f"; the demo's: export {OF_DEMO}" if demo.exists() else ""
        raise UsageError(f"nothing is published in {home}: run `microlift run` first{hint}")
    return path


def current_manifest(home: Path) -> dict[str, Any]:
    """What the current version says about itself; empty before the first publish."""
    from warehouse.versions import current_run_id, version_folder

    run_id = current_run_id(home)
    if run_id is None:
        return {}
    text = (version_folder(home, run_id) / "manifest.json").read_text(encoding="utf-8")
    manifest: dict[str, Any] = json.loads(text)
    return manifest


def published_rows(home: Path) -> dict[str, int]:
    """Rows by table (`marts.x`) of the version readers have now."""
    tables = current_manifest(home).get("tables", {})
    return {name: table["rows"] for name, table in tables.items()}


@contextmanager
def open_published(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The current version as readers see it. Raises UsageError before the first publish."""
    from warehouse.publish import open_version

    with open_version(current_file(home)) as con:
        yield con
