"""Complete fetches in the landing zone, and the proof that their files are what was written.

A stream is one file, or several when it is long: `<stream>.json.zst`, `<stream>.0001.json.zst`, ...
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import zstandard

# DuckDB reads in buffers of twice this size, one a thread; a page must fit into it.
_ROOM_BYTES = 1 << 20
_MOST_BYTES = 256 << 20
_CHUNK = 1 << 20


class Unreadable(Exception):
    """A fetch whose files are not what its manifest says."""


@dataclass(frozen=True)
class LandedFetch:
    """One complete fetch on disk.

    `pages` are its streams' page counts, `files` the pages in each of their files by path,
    `longest` is the size of its longest page in bytes. The files of `purged` streams were deleted
    by a storage rule; they are in neither.
    """

    fetch_id: str
    source: str
    folder: Path
    pages: dict[str, int] = field(default_factory=dict)
    files: dict[str, dict[str, int]] = field(default_factory=dict)
    longest: int = _MOST_BYTES
    purged: frozenset[str] = frozenset()

    @property
    def manifest(self) -> str:
        return str(self.folder / "manifest.json")


def pages_sql(columns: str, longest: int) -> str:
    """SQL that reads the pages of `$files`, one a row; `longest` bounds the size of a page."""
    return (
        "read_json($files, format = 'unstructured', filename = true,"
        f" maximum_object_size = {longest + _ROOM_BYTES}, columns = {columns})"
    )


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


def stream_files(folder: Path, stream: str) -> list[Path]:
    """The files of a stream that are in the folder of a fetch."""
    found = folder.glob(f"{stream}.*json.zst")
    return sorted(path for path in found if _is_file_of(path.name, stream))


def verify(
    fetches: Sequence[LandedFetch], streams: Collection[tuple[str, str]]
) -> tuple[list[LandedFetch], dict[tuple[str, str], str]]:
    """Those fetches whose files have the size and hash that the manifest says, and why (source,
    fetch_id) cannot be loaded; `streams` are the known (source, stream).

    How many pages they hold is not looked at: see `hold_their_pages`.
    """
    reasons: dict[tuple[str, str], str] = {}
    sound = []
    for fetch in fetches:
        try:
            sound.append(_check_files(fetch, streams))
        except (Unreadable, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reasons[fetch.source, fetch.fetch_id] = f"unreadable: {error}"
    return sound, reasons


def hold_their_pages(fetches: Sequence[LandedFetch]) -> bool:
    """Whether every file holds as many beginnings of a page as its manifest says.

    Much cheaper than parsing, and nearly all of it outside the interpreter's lock, so it runs
    beside the load. A body could hold one by chance, so a no is only a reason to parse each page.
    """
    counts = (files for fetch in fetches for files in fetch.files.values())
    try:
        return all(_beginnings(path) == pages for files in counts for path, pages in files.items())
    except (OSError, zstandard.ZstdError):
        return False


def parse_each(
    con: duckdb.DuckDBPyConnection, fetches: Sequence[LandedFetch]
) -> tuple[list[LandedFetch], dict[tuple[str, str], str]]:
    """Those fetches of which DuckDB can parse every page, and why it cannot the others."""
    reasons: dict[tuple[str, str], str] = {}
    readable = []
    for fetch in fetches:
        try:
            _parse_pages(con, fetch)
        except duckdb.OutOfMemoryException:
            raise  # the machine's fault, not the fetch's
        except (Unreadable, duckdb.Error) as error:
            reason = str(error).splitlines()[0].replace(f"{fetch.folder}/", "")
            reasons[fetch.source, fetch.fetch_id] = f"unreadable: {reason}"
        else:
            readable.append(fetch)
    return readable, reasons


def _check_files(fetch: LandedFetch, streams: Collection[tuple[str, str]]) -> LandedFetch:
    manifest: dict[str, Any] = json.loads(Path(fetch.manifest).read_bytes())
    if (manifest["fetch_id"], manifest["source"]) != (fetch.fetch_id, fetch.source):
        raise Unreadable("manifest.json names another fetch")
    pages, files, longest = {}, {}, 0
    purged = {name for name, told in manifest["streams"].items() if told.get("purged_at")}
    for stream, told in manifest["streams"].items():
        if stream in purged:
            continue
        parts = told.get("parts", ())
        first = int(told["pages"]) - sum(part["pages"] for part in parts)
        files[stream] = {
            _check_file(fetch.folder, stream, part): part["pages"]
            for part in ({**told, "pages": first}, *parts)
        }
        if (fetch.source, stream) not in streams:
            raise Unreadable(f"stream {stream} has no raw table; this release does not know it")
        pages[stream] = int(told["pages"])
        longest = max(longest, int(told.get("longest") or _MOST_BYTES))
    return LandedFetch(
        fetch.fetch_id, fetch.source, fetch.folder, pages, files, longest, frozenset(purged)
    )


def _check_file(folder: Path, stream: str, told: dict[str, Any]) -> str:
    if not _is_file_of(told["file"], stream):
        raise Unreadable(f"{stream} is said to be in {told['file']!r}")
    path = folder / told["file"]
    if path.stat().st_size != told["bytes"]:
        raise Unreadable(f"size of {path.name} differs from the manifest")
    if _sha256(path) != told["sha256"]:
        raise Unreadable(f"sha256 of {path.name} differs from the manifest")
    return str(path)


def _is_file_of(name: str, stream: str) -> bool:
    return re.fullmatch(rf"{re.escape(stream)}(\.\d+)?\.json\.zst", name) is not None


def _parse_pages(con: duckdb.DuckDBPyConnection, fetch: LandedFetch) -> None:
    expected = {path: n for files in fetch.files.values() for path, n in files.items() if n}
    if not expected:
        return
    columns = "{page: 'INTEGER', observed_at: 'TIMESTAMPTZ', body: 'JSON'}"
    whole: dict[str, int] = dict(
        con.execute(
            f"""
            select filename, count(page) filter (observed_at is not null)
            from {pages_sql(columns, fetch.longest)}
            group by filename
            """,  # noqa: S608 - constants, the file names are bound
            {"files": list(expected)},
        ).fetchall()
    )
    for path, pages in expected.items():
        if whole.get(path) != pages:
            raise Unreadable(
                f"{Path(path).name} holds {whole.get(path, 0)} whole pages,"
                f" the manifest says {pages}"
            )


def _beginnings(path: str) -> int:
    start, found, rest = b'\n{"page":', 0, b"\n"
    with Path(path).open("rb") as packed:
        reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
        while chunk := reader.read(_CHUNK):
            found += (rest + chunk).count(start)
            rest = (rest + chunk)[1 - len(start) :]
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
