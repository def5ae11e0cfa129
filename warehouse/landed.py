"""Complete fetches in the landing zone, and the proof that their files are what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

PAGES_SQL = """read_json($files, format = 'unstructured', filename = true,
    maximum_object_size = 268435456, columns = {columns})"""


class Unreadable(Exception):
    """A fetch whose files are not what its manifest says."""


@dataclass(frozen=True)
class LandedFetch:
    """One complete fetch on disk; `pages` are its streams' page counts, `files` their paths."""

    fetch_id: str
    source: str
    folder: Path
    pages: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def manifest(self) -> str:
        return str(self.folder / "manifest.json")


def find_fetches(
    landing_root: Path, sources: Iterable[str], known: set[tuple[str, str]]
) -> list[LandedFetch]:
    """Complete fetches of those sources that are not among `known` (source, fetch_id)."""
    return [
        LandedFetch(path.parent.name, source, path.parent.resolve())
        for source in sorted(set(sources))
        for path in sorted((landing_root / source).glob("*/manifest.json"))
        if (source, path.parent.name) not in known
    ]


def verify(
    con: duckdb.DuckDBPyConnection,
    fetches: Sequence[LandedFetch],
    streams: Collection[tuple[str, str]],
) -> tuple[list[LandedFetch], dict[tuple[str, str], str]]:
    """Those fetches that can be loaded, and why (source, fetch_id) cannot.

    Size, hash and page count of every file must be what the manifest says, and every page must
    parse; `streams` are the known (source, stream). The
    pages of all fetches are counted at once; only if that fails, one by one.
    """
    reasons: dict[tuple[str, str], str] = {}
    sound = []
    for fetch in fetches:
        try:
            sound.append(_check_files(fetch, streams))
        except (Unreadable, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reasons[fetch.source, fetch.fetch_id] = f"unreadable: {error}"
    try:
        _check_pages(con, sound)
    except (Unreadable, duckdb.Error):
        readable = []
        for fetch in sound:
            try:
                _check_pages(con, [fetch])
            except (Unreadable, duckdb.Error) as error:
                reason = str(error).splitlines()[0].replace(f"{fetch.folder}/", "")
                reasons[fetch.source, fetch.fetch_id] = f"unreadable: {reason}"
            else:
                readable.append(fetch)
        sound = readable
    return sound, reasons


def _check_files(fetch: LandedFetch, streams: Collection[tuple[str, str]]) -> LandedFetch:
    manifest: dict[str, Any] = json.loads(Path(fetch.manifest).read_bytes())
    if (manifest["fetch_id"], manifest["source"]) != (fetch.fetch_id, fetch.source):
        raise Unreadable("manifest.json names another fetch")
    pages, files = {}, {}
    for stream, told in manifest["streams"].items():
        if told["file"] != f"{stream}.json.zst":
            raise Unreadable(f"{stream} is said to be in {told['file']!r}")
        path = fetch.folder / told["file"]
        if path.stat().st_size != told["bytes"]:
            raise Unreadable(f"size of {path.name} differs from the manifest")
        if _sha256(path) != told["sha256"]:
            raise Unreadable(f"sha256 of {path.name} differs from the manifest")
        if (fetch.source, stream) not in streams:
            raise Unreadable(f"stream {stream} has no raw table; this release does not know it")
        pages[stream], files[stream] = int(told["pages"]), str(path)
    return LandedFetch(fetch.fetch_id, fetch.source, fetch.folder, pages, files)


def _check_pages(con: duckdb.DuckDBPyConnection, fetches: Sequence[LandedFetch]) -> None:
    expected = {
        fetch.files[stream]: pages
        for fetch in fetches
        for stream, pages in fetch.pages.items()
        if pages
    }
    if not expected:
        return
    columns = "{page: 'INTEGER', observed_at: 'TIMESTAMPTZ'}"
    found: dict[str, tuple[int, int]] = {
        path: (pages, whole)
        for path, pages, whole in con.execute(
            f"""
            select filename, count(*), count(page) filter (observed_at is not null)
            from {PAGES_SQL.replace("{columns}", columns)}
            group by filename
            """,  # noqa: S608 - constants, the file names are bound
            {"files": list(expected)},
        ).fetchall()
    }
    for path, pages in expected.items():
        if found.get(path) != (pages, pages):
            raise Unreadable(
                f"{Path(path).name} holds {found.get(path, (0, 0))[1]} whole pages,"
                f" the manifest says {pages}"
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
