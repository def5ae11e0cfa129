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
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

import orjson

from ingest.errors import Deferred, IngestError, Unauthorised, VendorUnavailable
from ingest.manifest import Manifest, Problem, StreamFile
from ingest.remnant import JOB_FILE, JobRecord, Remnants
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
        *,
        resumes: bool = False,
    ) -> FetchWriter:
        """A writer for one fetch: commits when its `with` block ends well, else nothing is visible.

        With `resumes` the pages that an interrupted try of the same job landed today are at hand
        (`FetchWriter.recall`), the job goes on at that try's `now`, and pages written until a
        failure are kept for the next try. Also removes what else dead writers of this source left.
        """
        self._partial.mkdir(parents=True, exist_ok=True)
        record = JobRecord.of(source.name, job, plan_hash, is_simulated, code_version)
        with _flock(self._partial / ".lock"):
            remnants = self._take_leftovers(source.name, record if resumes else None)
            folder = self._partial / f"{source.name}-{uuid.uuid4().hex}"
            # The kernel frees this lock when its process dies, however it dies.
            owner = folder.with_suffix(".lock").open("wb")
            fcntl.flock(owner, fcntl.LOCK_EX)
            folder.mkdir()
            if remnants:
                job = replace(job, now=min(now for _, now in remnants))
            if resumes:
                replace(record, now=job.now).write(folder)
        return FetchWriter(
            root=self.root,
            folder=folder,
            owner=owner,
            source=source,
            job=job,
            plan_hash=plan_hash,
            is_simulated=is_simulated,
            code_version=code_version,
            remnants=Remnants([path for path, _ in remnants]) if resumes else None,
        )

    def fetches(self, source: str | None = None) -> list[Manifest]:
        """Complete fetches of one source or of all, oldest first."""
        found = self.root.glob(f"{source or '[!.]*'}/*/manifest.json")
        return sorted((Manifest.read(path) for path in found), key=lambda m: (m.fetch_id, m.source))

    def covered_until(self, source: str) -> date | None:
        """The last day whose dated facts or entity updates were fetched; None before the first."""
        return max((m.until for m in self.fetches(source) if m.kinds != ("counter",)), default=None)

    def _take_leftovers(self, source: str, record: JobRecord | None) -> list[tuple[Path, datetime]]:
        """What dead writers left: the folders that the job goes on from; the others are removed."""
        taken = []
        for lock_path in sorted(self._partial.glob(f"{source}-*.lock")):
            with lock_path.open("wb") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                folder = lock_path.with_suffix("")
                left = JobRecord.read(folder)
                if record and left and left.is_continued_by(record):
                    taken.append((folder, left.now))
                else:
                    _remove_partial(folder)
        return taken


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
        remnants: Remnants | None,
    ) -> None:
        self.job = job
        self._remnants = remnants
        self._root, self._folder, self._owner = root, folder, owner
        self._source = source
        self._plan_hash, self._is_simulated = plan_hash, is_simulated
        self._code_version = code_version
        self._lock = threading.Lock()
        self._files: dict[str, StreamWriter] = {}
        # Hashing, packing and writing let go of the interpreter, so they cost the fetch nothing.
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="landing")
        self._problems: list[Problem] = []
        self._usage: Counter[str] = Counter()
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
            self.discard(is_kept=_may_pass(error))
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
                file = self._files[stream] = StreamWriter(self._folder, stream, self._disk)
            file.write(page, context)
            if not self._observed:
                self._observed = [page.observed_at, page.observed_at]
            self._observed[0] = min(self._observed[0], page.observed_at)
            self._observed[1] = max(self._observed[1], page.observed_at)

    def recall(self, request: Mapping[str, Any]) -> Page | None:
        """The page that an interrupted try of this job landed for that question, if it did."""
        if not self._remnants or self._remnants.is_empty:
            return None  # as nearly always: without the lock that writers hold
        with self._lock:
            return self._remnants.recall(request)

    def problem(self, stream: str, context: Mapping[str, Any], reason: str, detail: str) -> None:
        """Record what the vendor refused, for the manifest."""
        with self._lock:
            self._problems.append(Problem(stream, dict(context), reason, detail))

    def use(self, name: str, amount: int) -> None:
        """Record that `amount` of the vendor's quota `name` was spent, for the manifest."""
        with self._lock:
            self._usage[name] += amount

    def keep_pending(self, pending: Mapping[str, date]) -> None:
        """Hand these ids to the next fetch: each is to be asked for again until its day."""
        with self._lock:
            self._pending |= pending

    def commit(self) -> Manifest:
        """Make the fetch visible; the manifest of the same fetch if it was there already."""
        with self._lock:
            manifest = self._manifest({name: file.close() for name, file in self._files.items()})
            (self._folder / JOB_FILE).unlink(missing_ok=True)
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
            for folder in self._remnants.folders if self._remnants else ():
                _remove_partial(folder)
            return manifest

    def discard(self, *, is_kept: bool = True) -> None:
        """Let nothing of this fetch become visible; with `resumes` its pages wait for the next.

        Unless `is_kept`: then the next try asks for everything anew.
        """
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            if not is_kept and self._remnants is not None:
                for folder in self._remnants.folders:
                    _remove_partial(folder)
            is_kept = is_kept and self._remnants is not None and bool(self._files)
            for file in self._files.values():
                file.abandon(keep=is_kept)
            if not is_kept:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._release(keep_lock=is_kept)

    def _manifest(self, streams: Mapping[str, StreamFile]) -> Manifest:
        observed_from, observed_to = self._observed or (self.job.now, self.job.now)
        identity = [
            self._source.name,
            self.job.since,
            self.job.until,
            sorted(self.job.kinds),
            {name: streams[name].hashes for name in sorted(streams)},
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
            usage=dict(sorted(self._usage.items())),
            pending=dict(sorted(self._pending.items())),
            folder=self._root / self._source.name / fetch_id,
        )

    def _release(self, *, keep_lock: bool = False) -> None:
        self._disk.shutdown()
        if not keep_lock:
            Path(self._owner.name).unlink(missing_ok=True)
        self._owner.close()


def _may_pass(error: BaseException | None) -> bool:
    """Whether the pages landed before the error are as good as new ones.

    A loop of cursors, or a refusal of a question that a page led to, may come from the pages
    themselves: taken again, they would lead to the same end all day.
    """
    lasting = (VendorUnavailable, Deferred, Unauthorised)
    return not isinstance(error, IngestError) or isinstance(error, lasting)


def _remove_partial(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    # Its owner may have ended, and removed it, since it was found.
    folder.with_suffix(".lock").unlink(missing_ok=True)


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
