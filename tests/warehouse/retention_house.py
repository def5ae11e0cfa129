"""What tests of the purge share: pages of two owners, and a purge on a given night."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
from warehouse_house import START, STREAMS, VIDEOS

from warehouse.retention import Purged, Rule, purge

Con = duckdb.DuckDBPyConnection

RULE = Rule("youtube", 30, frozenset({"ours"}))
SHAPES = STREAMS | {("youtube", "videos"): replace(VIDEOS, account_at="$.channel")}


def page(**owners: str | None) -> bytes:
    """A page of videos by id, each with its channel."""
    items = [{"id": video, "channel": owner, "views": "7"} for video, owner in owners.items()]
    return json.dumps({"items": items}).encode()


def purge_on(
    con: Con,
    home: Path,
    night: float,
    run_id: str = "p",
    *,
    rule: Rule = RULE,
    is_dry: bool = False,
) -> list[Purged]:
    now = START + timedelta(days=night)
    return purge(con, home / "landing", SHAPES, [rule], run_id, now, is_dry=is_dry)


def landed(home: Path) -> list[str]:
    files = (home / "landing").glob("youtube/*/*.json.zst")
    return sorted(file.parent.name for file in files)


def interrupt(home: Path, name: str, night: float) -> None:
    """What a fetch leaves that dies on `night`."""
    folder = home / "landing" / ".partial" / name
    folder.mkdir(parents=True)
    folder.with_suffix(".lock").touch()
    at = (START + timedelta(days=night)).timestamp()
    os.utime(folder, (at, at))


def interrupted(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "landing/.partial").iterdir() if path.is_dir())


def counts(done: list[Purged]) -> list[tuple[str, int, int]]:
    return [(one.stream, one.rows, one.fetches) for one in done]
