"""Why the last try of a source failed: a note in the home, gone with the next good one.

It only explains why numbers are old. What was fetched is read from the landing zone, so a note that
is lost costs nothing.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path

from ingest.errors import IngestError

FOLDER = "failures"


def note_failure(home: Path, source: str, at: datetime, error: Exception) -> None:
    """Keep that the try of `at` failed, and why, in words for readers: none of the vendor's."""
    reason = error.in_short if isinstance(error, IngestError) else type(error).__name__
    path = _path(home, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps({"at": at.isoformat(), "reason": reason}), encoding="utf-8")
    draft.replace(path)


def forget_failure(home: Path, source: str) -> None:
    """The source answered."""
    _path(home, source).unlink(missing_ok=True)


def last_failure(home: Path, source: str) -> str | None:
    """Why the last try failed; None when it did not."""
    try:
        note = json.loads(_path(home, source).read_text(encoding="utf-8"))
        return str(note["reason"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _path(home: Path, source: str) -> Path:
    return home / FOLDER / f"{source}.json"
