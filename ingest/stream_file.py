"""One stream of one fetch on disk: a line of JSON a page, in zstd frames of whole pages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import zstandard

from ingest.manifest import StreamFile
from ingest.page import iso_instant

if TYPE_CHECKING:
    from ingest.page import Page

_FRAME_BYTES = 1 << 20
_ZSTD_LEVEL = 3


class StreamWriter:
    """One stream's file: frames of whole pages, hashed while they are written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
        self._sha256 = hashlib.sha256()
        self._lines: list[bytes] = []
        self._waiting = self._bytes = self._pages = self._longest = 0

    def write(self, page: Page, context: Mapping[str, Any]) -> None:
        is_text = page.json is None
        line = b'{"page":%d,"observed_at":"%s","request":%s,"context":%s,"sha256":"%s",' % (
            self._pages,
            iso_instant(page.observed_at).encode(),
            orjson.dumps(page.request),
            orjson.dumps(context),
            hashlib.sha256(page.body).hexdigest().encode(),
        )
        body = orjson.dumps(page.text) if is_text else page.body
        line += b'"is_text":%s,"body":%s}\n' % (b"true" if is_text else b"false", body)
        self._pages += 1
        self._longest = max(self._longest, len(line))
        self._lines.append(line)
        self._waiting += len(line)
        if self._waiting >= _FRAME_BYTES:
            self._flush()

    def close(self) -> StreamFile:
        self._flush()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self._sha256.hexdigest()
        return StreamFile(self._path.name, self._pages, self._bytes, sha256, self._longest)

    def abandon(self, *, keep: bool = False) -> None:
        """Close the file; with `keep` what was written is in it, as far as the disk takes it."""
        with suppress(OSError):
            if keep:
                self._flush()
            self._file.close()

    def _flush(self) -> None:
        if self._lines:
            frame = self._compressor.compress(b"".join(self._lines))
            self._file.write(frame)
            self._sha256.update(frame)
            self._bytes += len(frame)
            self._lines, self._waiting = [], 0
