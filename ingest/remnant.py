"""What an interrupted fetch had landed: its pages answer the same questions when it is tried again.

A page is taken only for the very same question, asked by the same job on the same UTC day, and
keeps the instant at which it was observed. So a second try asks only for what is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import zstandard

from ingest.page import Page, iso_instant, parse_instant

if TYPE_CHECKING:
    from ingest.job import FetchJob

JOB_FILE = "job.json"
_DECODER = json.JSONDecoder()
_BODY = b',"is_text":%s,"body":'


@dataclass(frozen=True)
class JobRecord:
    """Which job a partial fetch belongs to, and the instant that it took for now."""

    identity: str
    now: datetime

    @classmethod
    def of(cls, source: str, job: FetchJob, *others: str | bool) -> JobRecord:
        """The record of a job; `others` are further things that make it another one."""
        told = [
            source,
            job.since,
            job.until,
            sorted(job.kinds),
            [*map(astuple, job.accounts), *map(astuple, job.links)],
            job.track_posts_days,
            dict(job.options),
            others,
        ]
        content = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        return cls(hashlib.sha256(content).hexdigest(), job.now)

    @classmethod
    def read(cls, folder: Path) -> JobRecord | None:
        """The record in that folder, if it holds one."""
        try:
            told = orjson.loads((folder / JOB_FILE).read_bytes())
            return cls(told["identity"], datetime.fromisoformat(told["now"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Leave the record in that folder."""
        told = {"identity": self.identity, "now": iso_instant(self.now)}
        (folder / JOB_FILE).write_bytes(orjson.dumps(told))

    def is_continued_by(self, other: JobRecord) -> bool:
        """Whether the other is the same job, begun again on the same day."""
        return (self.identity, self.now.date()) == (other.identity, other.now.date())


class Remnants:
    """The pages of interrupted fetches, by question. They stay compressed until they are asked."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders
        self._frames: list[bytes] = []
        self._frame_of: dict[bytes, int] = {}
        self._open: tuple[int, dict[bytes, bytes]] = (-1, {})
        for folder in folders:
            for path in sorted(folder.glob("*.json.zst")):
                for frame in _frames(path.read_bytes()):
                    for key in _lines(frame):
                        self._frame_of[key] = len(self._frames)
                    self._frames.append(frame)

    @property
    def is_empty(self) -> bool:
        """Whether there is no page at all."""
        return not self._frame_of

    def recall(self, request: Mapping[str, Any]) -> Page | None:
        """The page that answered that question, if it was landed."""
        key = _key(request)
        number = self._frame_of.get(key)
        if number is None:
            return None
        at, lines = self._open
        if at != number:
            lines = _lines(self._frames[number])
            self._open = (number, lines)  # pages are asked for nearly in the order they landed
        return _page(lines[key])


def _frames(content: bytes) -> Iterator[bytes]:
    """The whole frames of a file; the last one may have been cut."""
    while content:
        frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            frame.decompress(content)
        except zstandard.ZstdError:
            return
        if not frame.eof:
            return
        yield content[: len(content) - len(frame.unused_data)]
        content = frame.unused_data


def _lines(frame: bytes) -> dict[bytes, bytes]:
    """The records of a frame by question; a vendor's JSON may hold line ends of its own."""
    text = zstandard.ZstdDecompressor().decompressobj().decompress(frame).decode()
    records, start = {}, 0
    while start < len(text):
        record, end = _DECODER.raw_decode(text, start)
        records[_key(record["request"])] = text[start:end].encode()
        start = end + 1  # the line's own end
    return records


def _key(request: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()


def _page(line: bytes) -> Page | None:
    told = orjson.loads(line)
    if told["is_text"]:
        body, parsed = told["body"].encode(), None
    else:
        # As it was sent, to the byte: parsed and written anew, its numbers might look otherwise.
        _, _, body = line.removesuffix(b"}").partition(_BODY % b"false")
        parsed = told["body"]
    observed_at = parse_instant(told["observed_at"])
    if observed_at is None or hashlib.sha256(body).hexdigest() != told["sha256"]:
        return None
    return Page(200, {}, body, parsed, observed_at, told["request"])
