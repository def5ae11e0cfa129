"""Published versions: which there are, which is current, and going back to an older one.

`published/current.duckdb` is the same file (a hard link) as the current version's own, so making a
version current is one rename and costs no copy; readers that have the old file open keep it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warehouse.errors import CannotPublish, UnknownVersion

FILE_NAME = "microlift.duckdb"
MANIFEST = "manifest.json"
CURRENT = "current.duckdb"
CURRENT_NOTE = "current.json"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,150}")
_REPLACED = ".replaced.tmp"


@dataclass(frozen=True)
class Version:
    """One published version; `rows` counts those of all marts, `definitions` tells its models."""

    run_id: str
    published_at: datetime
    as_of: datetime
    verdict: str
    is_simulated: bool
    rows: int
    is_current: bool
    as_of_date: date
    definitions: str
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / FILE_NAME


def versions(home: Path) -> list[Version]:
    """All published versions, newest first."""
    current = current_run_id(home)
    found = [
        _read_version(manifest.parent, current)
        for manifest in versions_folder(home).glob(f"*/{MANIFEST}")
        if manifest.parent.suffix != ".tmp"
    ]
    return sorted(found, key=lambda version: (version.published_at, version.run_id), reverse=True)


def current_run_id(home: Path) -> str | None:
    """The version readers see; None before the first publish."""
    current = home / "published" / CURRENT
    if not current.exists():
        return None
    for file in versions_folder(home).glob(f"*/{FILE_NAME}"):
        if file.parent.suffix != ".tmp" and file.samefile(current):
            return file.parent.name
    # No link tells on a file system without hard links, where `current` is a copy.
    note = json.loads((home / "published" / CURRENT_NOTE).read_text(encoding="utf-8"))
    return str(note["run_id"])


def rollback(home: Path, run_id: str) -> Version:
    """Make an older version current again. Raises UnknownVersion."""
    version = find_version(home, run_id)
    make_current(home, version)
    return find_version(home, run_id)


def find_version(home: Path, run_id: str) -> Version:
    """The version of that run. Raises UnknownVersion, naming those there are."""
    known = versions(home)
    for version in known:
        if version.run_id == run_id:
            return version
    names = ", ".join(version.run_id for version in known) or "none"
    raise UnknownVersion(f"no published version {run_id!r}; there are: {names}")


def published_rows(home: Path) -> dict[str, int]:
    """Row counts by table (`marts.x`) of what readers have now; empty before the first publish."""
    for version in versions(home):
        if version.is_current:
            told = json.loads((version.folder / MANIFEST).read_text(encoding="utf-8"))
            return {table: one["rows"] for table, one in told["tables"].items()}
    return {}


def make_current(home: Path, version: Version) -> None:
    """Let readers see that version from their next opening on: one rename."""
    published = home / "published"
    temporary = published / f"{CURRENT}.tmp"
    temporary.unlink(missing_ok=True)
    try:
        temporary.hardlink_to(version.file)
    except OSError:  # a file system without hard links
        shutil.copyfile(version.file, temporary)
        sync(temporary)
    temporary.replace(published / CURRENT)
    note = published / f"{CURRENT_NOTE}.tmp"
    told = {
        "run_id": version.run_id,
        "published_at": version.published_at.isoformat(),
        "verdict": version.verdict,
        "file": str(version.file.relative_to(published)),
    }
    note.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    sync(note)
    note.replace(published / CURRENT_NOTE)
    sync(published)


def install_version(home: Path, built: Path, run_id: str) -> Version:
    """Give a finished, synced folder its place, replacing an earlier one of the same run."""
    target = version_folder(home, run_id)
    replaced = target.with_name(target.name + _REPLACED)
    if target.exists():
        target.rename(replaced)
    built.rename(target)
    sync(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)
    return find_version(home, run_id)


def remove_leftovers(home: Path) -> None:
    """Delete what a killed publish left behind; finish or undo a replacement it began."""
    folder = versions_folder(home)
    for replaced in folder.glob(f"*{_REPLACED}"):
        original = replaced.with_name(replaced.name.removesuffix(_REPLACED))
        if not original.exists():
            replaced.rename(original)
    for leftover in [*folder.glob("*.tmp"), *(home / "published").glob("*.tmp*")]:
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def keep_newest(home: Path, keep: int, all_for: timedelta, daily_for: timedelta) -> list[str]:
    """Delete old versions; returns which.

    Ages count back from the newest version. What stays: those younger than `all_for`, at most
    `keep` of them; the newest of each UTC day for `daily_for`; the newest two, so that there is
    one to go back to after any pause; and the current one.
    """
    found = versions(home)
    if not found:
        return []
    ages = [found[0].published_at - version.published_at for version in found]
    last_of_day: dict[date, Version] = {}
    for version, age in zip(found, ages, strict=True):
        if age < daily_for:
            last_of_day.setdefault(version.published_at.astimezone(UTC).date(), version)
    recent = [version for version, age in zip(found, ages, strict=True) if age < all_for]
    staying = [*found[:2], *recent[:keep], *last_of_day.values()]
    gone = [version for version in found if version not in staying and not version.is_current]
    for version in gone:
        # Out of sight at once: a version half deleted must not look like one.
        leaving = version.folder.rename(version.folder.with_name(f"{version.folder.name}.gone.tmp"))
        shutil.rmtree(leaving)
    return [version.run_id for version in gone]


def versions_folder(home: Path) -> Path:
    return home / "published" / "versions"


def version_folder(home: Path, run_id: str) -> Path:
    """Where that run's version lies. Raises CannotPublish for an id that is no plain file name."""
    if not _RUN_ID.fullmatch(run_id) or run_id.endswith(".tmp"):
        raise CannotPublish(f"run id {run_id!r} cannot name a version")
    return versions_folder(home) / run_id


def sync(path: Path) -> None:
    """Put a file or folder on disk for good."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_version(folder: Path, current: str | None) -> Version:
    told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Version(
        run_id=told["run_id"],
        published_at=datetime.fromisoformat(told["published_at"]),
        as_of=datetime.fromisoformat(told["as_of"]),
        verdict=told["verdict"],
        is_simulated=told["is_simulated"],
        rows=sum(table["rows"] for table in told["tables"].values()),
        is_current=told["run_id"] == current,
        as_of_date=date.fromisoformat(told.get("as_of_date", told["as_of"][:10])),
        definitions=told.get("definitions", ""),
        folder=folder,
    )
