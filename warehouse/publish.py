"""Marts to readers: a new version beside the old ones, then one rename.

A reader sees the version before or the one after, whole, and never a lock. Whatever fails on the
way leaves `current` as it was.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from warehouse.builds import is_unfinished
from warehouse.db import connect
from warehouse.errors import CannotPublish
from warehouse.fingerprint import HISTORIES, fingerprints
from warehouse.publication import Stamp
from warehouse.published_file import (
    SCHEMAS,
    brand_day,
    last_observation,
    published_tables,
    write_published_file,
)
from warehouse.quality import create_quality
from warehouse.sql import dicts
from warehouse.versions import (
    FILE_NAME,
    MANIFEST,
    Version,
    find_version,
    install_version,
    keep_newest,
    make_current,
    remove_leftovers,
    sync,
    version_folder,
    versions,
)

# Every version of the last days up to this many, then one a day: with a build whenever something
# lands, a mere count would reach back two days only.
KEEP_VERSIONS = 32
KEEP_ALL_FOR = timedelta(days=2)
KEEP_DAILY_FOR = timedelta(days=30)
# How BI tools should open the file: no other files, no network, and no way to change that.
READER_CONFIG: dict[str, bool] = {"enable_external_access": False, "lock_configuration": True}
_READ_ONLY = 0o444


def publish(
    home: Path,
    run_id: str,
    verdict: str,
    published_at: datetime,
    *,
    is_simulated: bool = False,
    code_version: str = "",
    keys: Mapping[str, Sequence[str]] | None = None,
    definitions: str = "",
    sources: Mapping[str, str | None] = MappingProxyType({}),
    keep: int = KEEP_VERSIONS,
) -> Version:
    """Publish the marts of `home` as version `run_id` and make it current.

    `verdict` is the marts gate's; `failed` is refused here too. `is_simulated` says that
    `published_at` is the time of a rehearsal. `sources` are those that are set up, each with why
    its last try failed, None when it did not. `keys` are the keys of the marts, by which what
    readers had is compared with what they get; `definitions` tells whether models changed in
    between. The same run may publish again and replaces its version. Older versions stay as
    `keep_newest` says, `keep` of the last days at most. Hold the writer lock, and close other
    connections of other processes. Raises CannotPublish; `current` is then untouched.
    """
    if verdict not in {"passed", "warned"}:
        raise CannotPublish(f"the gate's verdict is {verdict!r}; nothing was published")
    target = version_folder(home, run_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(home)
    built = target.with_name(f"{run_id}.tmp")
    built.mkdir()
    try:
        with connect(home) as con:
            published_tables(con)
            if is_unfinished(con):
                raise CannotPublish(
                    "the last build did not finish, or rows that it read are gone: build first"
                )
            create_quality(con)
            instant = last_observation(con) or published_at
            stamp = Stamp(
                run_id,
                published_at,
                verdict,
                instant,
                brand_day(con, instant),
                is_simulated,
                code_version,
                definitions,
            )
            before = _current_version(home)
            rows = write_published_file(
                con, built / FILE_NAME, stamp, sources=sources, before=before, keys=keys
            )
        _prove_and_seal(built, stamp, rows)
        version = install_version(home, built, run_id)
        make_current(home, version)
    except (duckdb.Error, OSError) as error:
        raise CannotPublish(f"version {run_id} could not be written: {error}") from error
    finally:
        shutil.rmtree(built, ignore_errors=True)
    keep_newest(home, keep, KEEP_ALL_FOR, KEEP_DAILY_FOR)
    return find_version(home, run_id)


@contextmanager
def open_version(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file, read-only, with no way to other files and a locked configuration."""
    with duckdb.connect(str(file), read_only=True, config=dict(READER_CONFIG)) as con:
        yield con


def _current_version(home: Path) -> Version | None:
    return next((version for version in versions(home) if version.is_current), None)


def _prove_and_seal(folder: Path, stamp: Stamp, rows: dict[str, int]) -> None:
    """Read the new file back as a reader would, describe it, and put all of it on disk."""
    file = folder / FILE_NAME
    if list(folder.glob("*.wal")):
        raise CannotPublish("the new file was not checkpointed")
    with open_version(file) as reader:
        manifest = _manifest(reader, stamp, rows)
    manifest["files"] = {
        path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.iterdir())
    }
    (folder / MANIFEST).write_text(
        json.dumps(manifest, indent=2, default=str) + "\n", encoding="utf-8"
    )
    for path in folder.iterdir():
        path.chmod(_READ_ONLY)
        sync(path)
    sync(folder)


def _manifest(
    reader: duckdb.DuckDBPyConnection, stamp: Stamp, rows: dict[str, int]
) -> dict[str, Any]:
    prints = fingerprints(reader, SCHEMAS)
    histories = {f"marts.{table}" for table in HISTORIES}
    if prints.keys() != rows.keys() - histories:
        raise CannotPublish("the new file does not hold the tables that were written to it")
    gates = dicts(
        reader,
        "select suite, table_name, check_name, subject, severity, observed, limit_value, passed"
        " from quality.gate_results where run_id = $run_id order by all",
        {"run_id": stamp.run_id},
    )
    sources = dicts(reader, "from marts.publication order by source")
    return {
        "run_id": stamp.run_id,
        "published_at": stamp.published_at.isoformat(),
        "as_of": stamp.as_of.isoformat(),
        "as_of_date": stamp.as_of_date.isoformat(),
        "verdict": stamp.verdict,
        "is_simulated": stamp.is_simulated or any(source["is_simulated"] for source in sources),
        "code_version": stamp.code_version,
        "definitions": stamp.definitions,
        "duckdb_version": duckdb.__version__,
        "tables": {
            name: {"rows": rows[name], "fingerprint": prints.get(name)} for name in sorted(rows)
        },
        "sources": sources,
        "gates": gates,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
