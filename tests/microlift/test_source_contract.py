"""What every source of the registry promises, held against the stand-in vendors over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import zstandard

from expectations.raw_suite import judge_fetches
from ingest.errors import Unauthorised
from ingest.http import WORKERS
from ingest.landing import Landing
from ingest.registry import ALL_STREAMS, SOURCES
from microlift.fetching import LANDING, SourceResult, fetch_source
from microlift.plan.plan import Plan, read_plan
from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret, Settings
from sandbox.faults import FaultPlan
from sandbox.plan_files import write_plan
from sandbox.server import Sandbox, serve
from sandbox.world import DEFAULT_START, World
from warehouse.load import load

if TYPE_CHECKING:
    from ingest.manifest import Manifest

DAYS = 40
NOW = datetime.combine(DEFAULT_START + timedelta(days=DAYS), time(3), UTC)
SINCE = NOW.date() - timedelta(days=6)
# Refusals that the world's own accounts and posts cause; anything else is a fault of ours.
USUAL = {
    "metric_unsupported", "predates_conversion", "not_ready", "below_threshold", "permission",
    "not_found", "hidden_by_owner",
}  # fmt: skip


# Streams that a few days' fetch does not have: bulk operations are for long windows.
RARE = {"shopify": {"bulk_orders"}}


@pytest.fixture(scope="module")
def plan_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contract") / "plan"
    write_plan(WORLD, folder)
    # One creator has not let us in, so that public numbers are asked for as well.
    lines = (folder / "accounts.csv").read_text().splitlines(keepends=True)
    row = next(
        n for n, line in enumerate(lines) if line.startswith("inf_") and ",instagram," in line
    )
    lines[row] = lines[row].replace("true", "false")
    (folder / "accounts.csv").write_text("".join(lines))
    return folder


WORLD = World(7, 8, DAYS, DEFAULT_START)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with serve(WORLD) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield shared_sandbox
    shared_sandbox.faults = FaultPlan()


@pytest.fixture
def settings(sandbox: Sandbox, plan_dir: Path, tmp_path: Path) -> Settings:
    told = sandbox_settings(tmp_path / "data", plan_dir, sandbox.url)
    return replace(told, clock=NOW, customer_secret=Secret("k" * 32))


def fetch(settings: Settings, name: str, *, again: bool = True) -> SourceResult:
    plan: Plan = read_plan(settings.plan_dir)
    landing = Landing(settings.home / LANDING)
    return fetch_source(settings, plan, SOURCES[name], landing, since=SINCE, again=again)


def landed(settings: Settings, name: str) -> Manifest:
    (manifest,) = Landing(settings.home / LANDING).fetches(name)
    return manifest


def rows(settings: Settings, name: str) -> dict[str, list[str]]:
    """What each stream's pages say, without when and in which order they said it."""
    manifest = landed(settings, name)
    found = {}
    for stream, file in manifest.streams.items():
        with (manifest.folder / file.file).open("rb") as raw:
            text = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()
        pages = [json.loads(line) for line in text.decode().splitlines()]
        for page in pages:
            if isinstance(page["body"], dict):
                page["body"].pop("extensions", None)  # how full the shop's bucket is
        found[stream] = sorted(json.dumps([page["context"], page["body"]]) for page in pages)
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_every_stream_arrives_whole_and_every_row_has_its_keys(
    settings: Settings, name: str
) -> None:
    result = fetch(settings, name)
    assert result.status == "fetched", result.message
    manifest = landed(settings, name)
    expected = {stream.name for stream in SOURCES[name].streams} - RARE.get(name, set())
    assert set(manifest.streams) == expected
    assert {problem.reason for problem in manifest.problems} <= USUAL
    with duckdb.connect(str(settings.home / "warehouse.duckdb")) as con:
        report = load(
            con, settings.home / LANDING, ALL_STREAMS(), judge_fetches, b"k" * 32, "contract"
        )
        assert not report.refused
        assert con.execute("select sum(bad_rows) from raw.fetch_streams").fetchone() == (0,)


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_question_twice_brings_the_same(settings: Settings, name: str) -> None:
    twice = [replace(settings, home=settings.home / str(number)) for number in range(2)]
    assert {fetch(one, name).status for one in twice} == {"fetched"}
    assert rows(twice[0], name) == rows(twice[1], name)


@pytest.mark.parametrize("name", [n for n, source in SOURCES.items() if not source.is_always_new])
def test_what_was_asked_today_is_not_asked_again(
    settings: Settings, sandbox: Sandbox, name: str
) -> None:
    fetch(settings, name)
    before = sandbox.calls.total()
    assert fetch(settings, name, again=False).status == "covered"
    assert sandbox.calls.total() == before


@pytest.mark.parametrize("name", [n for n, source in SOURCES.items() if not source.is_always_new])
def test_a_fetch_that_failed_goes_on_with_the_pages_that_are_missing(
    settings: Settings, sandbox: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.http._LONGEST_BACKOFF", 0.01)
    whole = replace(settings, home=settings.home / "whole")
    before = sandbox.calls.total()
    fetch(whole, name)
    calls = sandbox.calls.total() - before
    # Late enough for something to have landed, early enough to be missed: YouTube's comments and
    # candidates, which come last, are no reason to give up.
    broken_from = calls // 4 + 1
    broken = FaultPlan([{"match": "/", "action": "status", "status": 500}])
    served = 0

    def pick(target: str) -> object:
        nonlocal served
        served += 1
        return broken.faults[0] if served >= broken_from else None

    monkeypatch.setattr(sandbox.faults, "pick", pick)
    assert fetch(settings, name).status == "failed"
    assert Landing(settings.home / LANDING).fetches(name) == []
    monkeypatch.undo()
    before = sandbox.calls.total()
    assert fetch(settings, name).status == "fetched"
    repeated = sandbox.calls.total() - before
    assert rows(settings, name) == rows(whole, name)
    # What the workers had under way when the fetch gave up is asked once more.
    assert repeated <= calls - broken_from + 1 + WORKERS
    # Of so few calls all may have been under way.
    assert repeated < calls or calls <= WORKERS
    assert list((settings.home / LANDING / ".partial").glob(f"{name}-*")) == []


@pytest.mark.parametrize("name", [n for n, source in SOURCES.items() if "token" in source.needs])
def test_a_credential_is_nowhere_in_the_home(
    settings: Settings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    fetch(settings, name)
    secrets = settings.all_secrets()
    assert secrets
    told = [caplog.text]
    for path in (settings.home / LANDING).rglob("*"):
        if path.suffix == ".zst":
            with path.open("rb") as raw:
                reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
                told.append(reader.read().decode())
        elif path.is_file():
            told.append(path.read_text(encoding="utf-8"))
    assert not [secret for secret in secrets if any(secret in text for text in told)]


@pytest.mark.parametrize("name", [n for n, source in SOURCES.items() if "token" in source.needs])
def test_a_wrong_token_stops_the_source_and_says_so_without_the_token(
    settings: Settings, name: str
) -> None:
    source = SOURCES[name].settings_name
    held = settings.source(source)
    # Where each account has its own, each is wrong.
    token = held.secrets["token"].reveal()
    wrong = token.replace("sandbox-", "canary-")
    assert wrong != token
    settings = replace(
        settings,
        sources={
            **settings.sources,
            source: replace(held, secrets={**held.secrets, "token": Secret(wrong)}),
        },
    )
    result = fetch(settings, name)
    assert result.status == "failed"
    assert isinstance(result.error, Unauthorised)
    assert "canary" not in result.message
    # What to do: which variables, and which page says how to get them anew.
    assert f"MICROLIFT_{source.upper()}_" in result.message
    page = result.message.rpartition("see ")[2]
    assert (Path(__file__).parents[2] / page).is_file(), result.message
    assert Landing(settings.home / LANDING).fetches(name) == []
