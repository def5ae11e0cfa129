"""One source, one stand-in vendor of its own, and what a fetch looks like when nothing goes wrong.

Each source has its own server, so that the storms of all sources can rage side by side.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import duckdb
import zstandard

from ingest.http import Client
from ingest.job import ALL_KINDS
from ingest.landing import Landing
from ingest.pace import Gate
from ingest.registry import ALL_STREAMS, SOURCES
from microlift.fetching import LANDING, SourceResult, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret
from sandbox.faults import Fault, FaultPlan
from sandbox.plan_files import write_plan
from sandbox.server import Sandbox, serve
from sandbox.world import DEFAULT_START, World
from warehouse.load import load

if TYPE_CHECKING:
    from ingest.manifest import Manifest

WORLD = World(7, 8, 40, DEFAULT_START)
NOW = datetime.combine(DEFAULT_START + timedelta(days=40), datetime.min.time(), UTC) + timedelta(
    hours=3
)
SINCE = NOW.date() - timedelta(days=3)
KEY = b"k" * 32

_told = threading.local()


class HastyClient(Client):
    """The real client with short pauses and the time-outs that a scenario wants."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **{**options, "backoff": 0.004, **getattr(_told, "options", {})})


class CountedGate(Gate):
    """The real gate; says which pauses it was asked for."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._asked: list[float] = getattr(_told, "pauses", [])

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            self._asked.append(seconds)
        super().pause(seconds)


@contextmanager
def short_patience() -> Iterator[None]:
    """What takes seconds in a real night takes milliseconds while this is open."""
    with (
        patch("microlift.fetching.Client", HastyClient),
        patch("ingest.http.Gate", CountedGate),
        patch("ingest.http._LONGEST_BACKOFF", 0.02),
    ):
        yield


@dataclass(frozen=True)
class Call:
    """One request as the vendor saw it, at a monotonic second."""

    at: float
    is_spoilt: bool


class Watch(FaultPlan):
    """A plan of faults that notes every call."""

    def __init__(self, faults: Sequence[Fault | dict[str, Any]] = ()) -> None:
        super().__init__([fault for fault in faults if isinstance(fault, dict)])
        self.faults += [fault for fault in faults if isinstance(fault, Fault)]
        self.calls: list[Call] = []

    def pick(self, target: str) -> Fault | None:
        fault = super().pick(target)
        self.calls.append(Call(time.monotonic(), fault is not None))
        return fault


@dataclass(frozen=True)
class Truth:
    """A fetch without faults: what landed, what became rows, and how many calls it took."""

    landed: dict[str, list[str]]
    problems: list[str]
    rows: dict[str, set[str]]
    keys: dict[str, set[tuple[Any, ...]]]
    calls: int
    refused: int
    seconds: float


class StormHouse:
    """The home of one source's storms; `truth` is its fetch in good weather."""

    def __init__(self, name: str, home: Path, world: World, now: datetime) -> None:
        self.source = SOURCES[name]
        self.name, self.now = name, now
        self._home, self._stack, self._runs = home, ExitStack(), 0
        plan_dir = home / "plan"
        write_plan(world, plan_dir)
        self.plan = read_plan(plan_dir)
        self.sandbox: Sandbox = self._stack.enter_context(serve(world))
        told = sandbox_settings(home / "data", plan_dir, self.sandbox.url)
        self.settings = replace(told, clock=now, customer_secret=Secret("k" * 32))
        self._refused = 0
        answer = self.sandbox.answer

        def counted(request: Any, body: bytes) -> Any:
            said = answer(request, body)
            self._refused += said.status >= 400
            return said

        self.sandbox.answer = counted  # type: ignore[method-assign]

    @cached_property
    def truth(self) -> Truth:
        """The fetch in good weather."""
        home, watch, started, before = self.new_home(), Watch(), time.monotonic(), self._refused
        result = self.fetch(home, watch, {}, [])
        assert result.status == "fetched", result.message
        seconds, refused = time.monotonic() - started, self._refused - before
        rows, quarantined = self.loaded(home)
        assert not quarantined, quarantined
        landed, problems = self.landed(home), self.problems(home)
        keys = {
            stream.name: {key_of(json.loads(row), stream.key) for row in rows[stream.name]}
            for stream in self.source.streams
        }
        shutil.rmtree(home)
        return Truth(landed, problems, rows, keys, len(watch.calls), refused, seconds)

    @property
    def kinds(self) -> set[str]:
        """The kinds of its streams."""
        return {stream.kind for stream in self.source.streams}

    def close(self) -> None:
        self._stack.close()

    def new_home(self) -> Path:
        """An empty home for one run; who asks for it removes it."""
        self._runs += 1
        return self._home / f"run-{self._runs}"

    def fetch(
        self,
        home: Path,
        watch: Watch,
        options: dict[str, Any],
        pauses: list[float],
        *,
        since: date | None = None,
        now: datetime | None = None,
        again: bool = True,
        kinds: frozenset[str] = ALL_KINDS,
    ) -> SourceResult:
        """One fetch under the faults of `watch`; its client takes `options`, its gate fills
        `pauses`."""
        self.sandbox.faults = watch
        _told.options, _told.pauses = options, pauses
        settings = replace(self.settings, home=home, clock=now or self.now)
        try:
            return fetch_source(
                settings,
                self.plan,
                self.source,
                Landing(home / LANDING),
                since=since or (self.now.date() - timedelta(days=3) if again else None),
                again=again,
                kinds=kinds,
            )
        finally:
            _told.options, _told.pauses = {}, []

    def manifests(self, home: Path) -> list[Manifest]:
        """The visible fetches, oldest first."""
        return Landing(home / LANDING).fetches(self.name)

    def landed(self, home: Path) -> dict[str, list[str]]:
        """What each stream's pages say, without when and in which order they said it."""
        (manifest,) = self.manifests(home)
        return {
            stream: sorted(json.dumps([p["context"], p["body"]], sort_keys=True) for p in found)
            for stream, found in pages(manifest).items()
        }

    def problems(self, home: Path) -> list[str]:
        """What the vendor refused of the visible fetch."""
        (manifest,) = self.manifests(home)
        return sorted(
            json.dumps([p.stream, dict(p.context), p.reason], sort_keys=True)
            for p in manifest.problems
        )

    def loaded(self, home: Path) -> tuple[dict[str, set[str]], list[tuple[str, str]]]:
        """Raw's good rows of each stream, and (stream, reason) of what was put aside."""
        rows = self.raw(home)
        good = {stream.name: {r[0] for r in rows[stream.name] if r[2] is None}
                for stream in self.source.streams}  # fmt: skip
        aside = [(stream, row[2]) for stream, found in rows.items() for row in found if row[2]]
        return good, aside

    def raw(self, home: Path) -> dict[str, list[tuple[str, str, str | None]]]:
        """(payload, context, quarantine reason) of every row of raw by stream."""
        with duckdb.connect() as con:
            load(con, home / LANDING, ALL_STREAMS(), lambda frame: LetIn(), KEY, "storm")
            return {
                stream.name: con.execute(
                    "select payload::varchar, context::varchar, quarantine_reason"
                    f" from raw.{self.name}__{stream.name}"
                ).fetchall()
                for stream in self.source.streams
            }


def key_of(row: Any, paths: Sequence[str]) -> tuple[Any, ...]:
    """The values that stand at the paths of a row; None where one is missing."""
    values = []
    for path in paths:
        at = row
        for name in path.split(".")[1:]:
            at = at.get(name) if isinstance(at, dict) else None
        values.append(json.dumps(at) if isinstance(at, list | dict) else at)
    return tuple(values)


@dataclass(frozen=True)
class LetIn:
    """A raw gate that refuses nothing."""

    verdict: str = "passed"
    results: tuple[()] = ()

    @property
    def refused(self) -> dict[tuple[str, ...], str]:
        return {}


def pages(manifest: Manifest) -> dict[str, list[dict[str, Any]]]:
    """The pages of a fetch by stream; how full the shop's bucket was is not told."""
    found: dict[str, list[dict[str, Any]]] = {}
    for stream, file in manifest.streams.items():
        with (manifest.folder / file.file).open("rb") as raw:
            text = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()
        found[stream] = [json.loads(line) for line in text.decode().split("\n") if line]
        for page in found[stream]:
            if isinstance(page["body"], dict):
                page["body"].pop("extensions", None)
    return found


@contextmanager
def houses(home: Path, world: World = WORLD, now: datetime = NOW) -> Iterator[list[StormHouse]]:
    """A house for every source of the registry."""
    with ExitStack() as stack:
        stack.enter_context(short_patience())
        built = []
        for name in SOURCES:
            house = StormHouse(name, home / name, world, now)
            stack.callback(house.close)
            built.append(house)
        yield built
