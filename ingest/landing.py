"""The landing zone: vendors' pages as they came, one folder a fetch, visible only when whole.

A fetch is written under `.partial/` and becomes `<root>/<source>/<fetch_id>/` by one rename after
everything is on disk. There is no other state: what was covered is read from the manifests.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

import orjson

from ingest.manifest import Manifest, Problem, StreamFile
from ingest.stream_file import StreamWriter

if TYPE_CHECKING:
    from ingest.job import FetchJob
    from ingest.page import Page
    from ingest.streams import Source


class Landing:
    """All complete fetches below `root`, and the way to add one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / ".partial"

    def begin(
        self,
        source: Source,
        job: FetchJob,
        plan_hash: str,
        is_simulated: bool,
        code_version: str = "",
    ) -> FetchWriter:
        """A writer for one fetch: commits when its `with` block ends well, else leaves nothing.

        Also removes what dead writers of this source left behind.
        """
        self._partial.mkdir(parents=True, exist_ok=True)
        with _flock(self._partial / ".lock"):
            self._remove_leftovers(source.name)
            folder = self._partial / f"{source.name}-{uuid.uuid4().hex}"
            # The kernel frees this lock when its process dies, however it dies.
            owner = folder.with_suffix(".lock").open("wb")
            fcntl.flock(owner, fcntl.LOCK_EX)
            folder.mkdir()
        return FetchWriter(
            root=self.root,
            folder=folder,
            owner=owner,
            source=source,
            job=job,
            plan_hash=plan_hash,
            is_simulated=is_simulated,
            code_version=code_version,
        )

    def fetches(self, source: str | None = None) -> list[Manifest]:
        """Complete fetches of one source or of all, oldest first."""
        found = self.root.glob(f"{source or '[!.]*'}/*/manifest.json")
        return sorted((Manifest.read(path) for path in found), key=lambda m: (m.fetch_id, m.source))

    def covered_until(self, source: str) -> date | None:
        """The last day whose dated facts or entity updates were fetched; None before the first."""
        return max((m.until for m in self.fetches(source) if m.kinds != ("counter",)), default=None)

    def _remove_leftovers(self, source: str) -> None:
        for lock_path in self._partial.glob(f"{source}-*.lock"):
            with lock_path.open("wb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                shutil.rmtree(lock_path.with_suffix(""), ignore_errors=True)
                # Its owner may have ended, and removed it, since it was found.
                lock_path.unlink(missing_ok=True)


class FetchWriter:
    """Takes the pages of one fetch; any thread may write.

    Pages of a kind the job did not ask for serve only to find ids and are not kept.
    """

    def __init__(
        self,
        *,
        root: Path,
        folder: Path,
        owner: IO[bytes],
        source: Source,
        job: FetchJob,
        plan_hash: str,
        is_simulated: bool,
        code_version: str,
    ) -> None:
        self.job = job
        self._root, self._folder, self._owner = root, folder, owner
        self._source = source
        self._plan_hash, self._is_simulated = plan_hash, is_simulated
        self._code_version = code_version
        self._lock = threading.Lock()
        self._files: dict[str, StreamWriter] = {}
        self._problems: list[Problem] = []
        self._pending: dict[str, date] = {}
        self._observed: list[datetime] = []
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.discard()
        elif self._is_open:
            self.commit()

    def write(self, stream: str, page: Page, context: Mapping[str, Any]) -> None:
        """Keep one page; `context` says what its rows cannot know themselves."""
        if self._source.stream(stream).kind not in self.job.kinds:
            return
        with self._lock:
            if not self._is_open:
                raise ValueError("this fetch is already closed")
            file = self._files.get(stream)
            if file is None:
                file = self._files[stream] = StreamWriter(self._folder / f"{stream}.json.zst")
            file.write(page, context)
            if not self._observed:
                self._observed = [page.observed_at, page.observed_at]
            self._observed[0] = min(self._observed[0], page.observed_at)
            self._observed[1] = max(self._observed[1], page.observed_at)

    def problem(self, stream: str, context: Mapping[str, Any], reason: str, detail: str) -> None:
        """Record what the vendor refused, for the manifest."""
        with self._lock:
            self._problems.append(Problem(stream, dict(context), reason, detail))

    def keep_pending(self, pending: Mapping[str, date]) -> None:
        """Hand these ids to the next fetch: each is to be asked for again until its day."""
        with self._lock:
            self._pending |= pending

    def commit(self) -> Manifest:
        """Make the fetch visible; the manifest of the same fetch if it was there already."""
        with self._lock:
            manifest = self._manifest({name: file.close() for name, file in self._files.items()})
            _write_durably(self._folder / "manifest.json", manifest.to_json())
            _sync_folder(self._folder)
            target = manifest.folder
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # the same pages at the same instants: this fetch is a repetition
                shutil.rmtree(self._folder)
                manifest = Manifest.read(target / "manifest.json")
            else:
                self._folder.replace(target)
                _sync_folder(target.parent)
            self._release()
            self._is_open = False
            return manifest

    def discard(self) -> None:
        """Leave nothing of this fetch."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                for file in self._files.values():
                    file.abandon()
                shutil.rmtree(self._folder, ignore_errors=True)
                self._release()

    def _manifest(self, streams: Mapping[str, StreamFile]) -> Manifest:
        observed_from, observed_to = self._observed or (self.job.now, self.job.now)
        identity = [
            self._source.name,
            self.job.since,
            self.job.until,
            sorted(self.job.kinds),
            {name: streams[name].sha256 for name in sorted(streams)},
        ]
        digest = hashlib.sha256(orjson.dumps(identity)).hexdigest()[:8]
        fetch_id = f"{observed_from.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{digest}"
        return Manifest(
            fetch_id=fetch_id,
            source=self._source.name,
            since=self.job.since,
            until=self.job.until,
            kinds=tuple(sorted(self.job.kinds)),
            observed_from=observed_from,
            observed_to=observed_to,
            is_simulated=self._is_simulated,
            plan_hash=self._plan_hash,
            code_version=self._code_version,
            streams=streams,
            problems=tuple(self._problems),
            pending=dict(sorted(self._pending.items())),
            folder=self._root / self._source.name / fetch_id,
        )

    def _release(self) -> None:
        with suppress(FileNotFoundError):
            Path(self._owner.name).unlink()
        self._owner.close()


@contextmanager
def _flock(path: Path) -> Iterator[None]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
