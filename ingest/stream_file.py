"""One stream of one fetch on disk: a line of JSON a page, in zstd frames of whole pages.

A long stream is several files. What reads them then holds one of them at a time, so its memory
does not grow with the stream, and reads on where another one ended.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
import zstandard

from ingest.manifest import Part, StreamFile
from ingest.page import iso_instant

if TYPE_CHECKING:
    from ingest.page import Page

_FRAME_BYTES = 1 << 19
# Unpacked. DuckDB holds the pages of a file several times over while it takes their rows apart.
_PART_BYTES = 3 << 19
_ZSTD_LEVEL = 3
# Frames that wait for the disk; then whoever brings pages waits as well.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Line:
    """One page before it is hashed: `text` is its body as a JSON string, None when it is JSON."""

    head: bytes
    body: bytes
    text: bytes | None

    def whole(self) -> bytes:
        digest = hashlib.sha256(self.body).hexdigest().encode()
        if self.text is None:
            return b'%s%s","is_text":false,"body":%s}\n' % (self.head, digest, self.body)
        return b'%s%s","is_text":true,"body":%s}\n' % (self.head, digest, self.text)


class StreamWriter:
    """One stream's files: frames of whole pages, hashed and packed by `disk` (of one thread).

    What goes wrong there is raised by a later `write`, at the latest by `close`.
    """

    def __init__(self, folder: Path, stream: str, disk: Executor) -> None:
        self._folder, self._stream, self._disk = folder, stream, disk
        self._compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
        self._pages: list[_Line] = []
        self._waiting = self._count = 0
        self._running: deque[Future[None]] = deque()
        # Of the thread of `disk` alone:
        self._file: IO[bytes] | None = None
        self._parts: list[Part] = []
        self._longest = self._part_pages = self._part_bytes = self._unpacked = 0

    def write(self, page: Page, context: Mapping[str, Any]) -> None:
        is_text = page.json is None
        head = b'{"page":%d,"observed_at":"%s","request":%s,"context":%s,"sha256":"' % (
            self._count,
            iso_instant(page.observed_at).encode(),
            orjson.dumps(page.request),
            orjson.dumps(context),
        )
        self._pages.append(_Line(head, page.body, orjson.dumps(page.text) if is_text else None))
        self._count += 1
        self._waiting += len(head) + len(page.body)
        if self._waiting >= _FRAME_BYTES:
            self._flush()

    def close(self) -> StreamFile:
        self._flush()
        self._running.append(self._disk.submit(self._end_part))
        while self._running:
            self._running.popleft().result()
        first, *parts = self._parts
        return StreamFile(
            file=first.file,
            pages=self._count,
            bytes=first.bytes,
            sha256=first.sha256,
            longest=self._longest,
            parts=tuple(parts),
        )

    def abandon(self, *, keep: bool = False) -> None:
        """Close the file; with `keep` what was written is in it, as far as the disk takes it."""
        if keep and self._pages:
            self._running.append(self._disk.submit(self._write_frame, self._pages))
        wait(self._running)
        with suppress(OSError):
            if self._file:
                self._file.close()

    def _flush(self) -> None:
        if self._pages:
            self._running.append(self._disk.submit(self._write_frame, self._pages))
            self._pages, self._waiting = [], 0
        while len(self._running) > _AHEAD:
            self._running.popleft().result()

    def _write_frame(self, pages: list[_Line]) -> None:
        if self._file is None:
            number = f".{len(self._parts):04d}" if self._parts else ""
            self._file = (self._folder / f"{self._stream}{number}.json.zst").open("wb")
            self._sha256 = hashlib.sha256()
            self._part_pages = self._part_bytes = self._unpacked = 0
        lines = [page.whole() for page in pages]
        self._longest = max(self._longest, *map(len, lines))
        unpacked = b"".join(lines)
        frame = self._compressor.compress(unpacked)
        self._file.write(frame)
        self._sha256.update(frame)
        self._part_pages += len(pages)
        self._part_bytes += len(frame)
        self._unpacked += len(unpacked)
        if self._unpacked >= _PART_BYTES:
            self._end_part()

    def _end_part(self) -> None:
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        name, digest = Path(self._file.name).name, self._sha256.hexdigest()
        self._parts.append(Part(name, self._part_pages, self._part_bytes, digest))
        self._file = None
