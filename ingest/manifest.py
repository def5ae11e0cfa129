"""What a landed fetch says of itself: written last, read by every later step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from ingest.page import iso_instant


@dataclass(frozen=True)
class Part:
    """One further file of a stream that is too long for one; `pages` are those in this file."""

    file: str
    pages: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class StreamFile:
    """One stream of one fetch on disk; `sha256` and `bytes` are of the compressed `file`.

    `pages` are those of the whole stream: what is not in `file` is in `parts`, in their order.
    `longest` is the size of its longest page unpacked (0 where an older release did not write it).
    A stream deleted by the vendor's storage rule has the instant of that in `purged_at`.
    """

    file: str
    pages: int
    bytes: int
    sha256: str
    longest: int = 0
    purged_at: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all its files, in the order of their pages."""
        return (self.file, *(part.file for part in self.parts))

    @property
    def hashes(self) -> tuple[str, ...]:
        """The SHA-256 of each of `files`."""
        return (self.sha256, *(part.sha256 for part in self.parts))

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> StreamFile:
        """The stream as a manifest tells it, of this release or of an older one."""
        parts = tuple(Part(**part) for part in values.get("parts", ()))
        return cls(**{**values, "parts": parts})


@dataclass(frozen=True)
class Problem:
    """Something a vendor refused, while the rest of the fetch went on."""

    stream: str
    context: Mapping[str, Any]
    reason: str
    detail: str


@dataclass(frozen=True)
class Manifest:
    """What one complete fetch holds; stored beside its pages as `manifest.json`.

    `usage` is what it spent of the vendor's quotas, in the vendor's own units; manifests written
    before there was such a thing have none.
    `pending` are ids of what was not ready yet, with the last day on which to ask for them again.
    """

    fetch_id: str
    source: str
    since: date
    until: date
    kinds: tuple[str, ...]
    observed_from: datetime
    observed_to: datetime
    is_simulated: bool
    plan_hash: str
    code_version: str
    streams: Mapping[str, StreamFile]
    problems: tuple[Problem, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    pending: Mapping[str, date] = field(default_factory=dict)
    folder: Path = field(default=Path(), compare=False)

    def to_json(self) -> bytes:
        """The manifest as it stands on disk."""
        values = asdict(self) | {
            "observed_from": iso_instant(self.observed_from),
            "observed_to": iso_instant(self.observed_to),
        }
        del values["folder"]
        return orjson.dumps(values, option=orjson.OPT_INDENT_2)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """The manifest in that file."""
        values = orjson.loads(path.read_bytes())
        pending = values.get("pending", {})
        return cls(
            **values
            | {
                "since": date.fromisoformat(values["since"]),
                "until": date.fromisoformat(values["until"]),
                "kinds": tuple(values["kinds"]),
                "observed_from": datetime.fromisoformat(values["observed_from"]),
                "observed_to": datetime.fromisoformat(values["observed_to"]),
                "streams": {
                    name: StreamFile.read(told) for name, told in values["streams"].items()
                },
                "problems": tuple(Problem(**p) for p in values["problems"]),
                "pending": {id_: date.fromisoformat(day) for id_, day in pending.items()},
                "folder": path.parent,
            }
        )
