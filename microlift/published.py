"""What readers have: the published file, opened the way we tell readers to, and its manifest."""

# ruff: noqa: PLC0415 - imports that take long happen where they are needed
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.landing import Landing
from microlift.errors import UsageError
from microlift.fetching import LANDING
from microlift.run_record import exclusive

if TYPE_CHECKING:
    import duckdb

    from microlift.settings import Settings

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


def is_published(settings: Settings) -> bool:
    """Do readers have everything that was fetched? Then a doubled event costs nothing.

    True when the current version was built after every complete fetch had been loaded. Runs load
    before they publish and their ids sort by time, so that is when the newest run that loaded
    something is not newer than the current version. Raises warehouse.errors.Locked.
    """
    from warehouse.db import connect
    from warehouse.fetch_record import loading_runs
    from warehouse.versions import current_run_id

    current = current_run_id(settings.home)
    if current is None:
        return False
    landed = {manifest.fetch_id for manifest in Landing(settings.home / LANDING).fetches()}
    with exclusive(settings.home), connect(settings.home) as con:
        loaded = loading_runs(con)
    return landed <= {*loaded} and max(loaded.values(), default="") <= current


@contextmanager
def open_published(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The current version as readers see it. Raises UsageError before the first publish."""
    from warehouse.publish import open_version

    with open_version(current_file(home)) as con:
        yield con
