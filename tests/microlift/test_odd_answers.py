"""What mutated answers once broke in a fetch: odd values are put aside or said, never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.errors import IngestError
from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from sandbox.faults import FaultPlan
from sandbox.plan_files import write_plan
from sandbox.server import Sandbox, serve
from sandbox.world import World

if TYPE_CHECKING:
    from microlift.settings import Settings

WORLD = World(7, 4, 20, date(2026, 8, 1))
NOW = datetime(2026, 8, 20, 3, tzinfo=UTC)
SINCE = NOW.date() - timedelta(days=6)
VIDEOS = r"^/v2/reports\?.*dimensions=video"

# source, whose answers, field, what stands there, what becomes of the fetch
ODD: tuple[tuple[str, str, str, Any, str], ...] = (
    ("youtube", "/youtube/v3/playlistItems", "items.contentDetails.videoId", 1.5, "fetched"),
    ("youtube", "/youtube/v3/playlistItems", "items.contentDetails.videoId", ["x"], "fetched"),
    ("youtube", "/youtube/v3/channels", "items.id", {"a": 1}, "fetched"),
    ("youtube", "/youtube/v3/videos", "items.id", ["x"], "fetched"),
    ("youtube", "/youtube/v3/playlistItems", "nextPageToken", 7, "next page is '7'"),
    ("youtube", "/youtube/v3/playlistItems", "nextPageToken", False, "next page is 'False'"),
    ("youtube_analytics", VIDEOS, "columnHeaders", 5, "videos without their column"),
    ("youtube_analytics", VIDEOS, "rows", [[{}, 7], [], 5, [["x"]]], "fetched"),
    ("instagram", r"^/v25.0/\d+/media", "data.id", 5, "fetched"),
    ("instagram", r"^/v25.0/\d+/media", "paging", "next", "paging is 'next'"),
    ("instagram", r"^/v25.0/\d+/media", "paging", {"next": "x", "cursors": 1}, "gives no cursor"),
    ("instagram_stories", r"^/v25.0/\d+/stories", "data.id", {}, "fetched"),
    ("impact", "/Advertisers", "@nextpageuri", 5, "next page is '5'"),
    ("ga4", "/token", "access_token", "ａｃｃｅｓｓ", "no header can carry"),  # noqa: RUF001
)


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    folder = tmp_path_factory.mktemp("odd") / "plan"
    write_plan(WORLD, folder)
    with serve(WORLD) as sandbox:
        yield sandbox, folder


@pytest.fixture
def settings(
    vendor: tuple[Sandbox, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    monkeypatch.setattr("ingest.http._LONGEST_BACKOFF", 0.01)
    sandbox, folder = vendor
    return replace(sandbox_settings(tmp_path, folder, sandbox.url), clock=NOW)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd[0]}: {odd[2]} {odd[3]!r}")
def test_an_odd_value_is_put_aside_or_said(
    vendor: tuple[Sandbox, Path], settings: Settings, odd: tuple[str, str, str, Any, str]
) -> None:
    source, match, field, value, expected = odd
    fault = {"match": match, "action": "add_field", "field": field, "value": value}
    vendor[0].faults = FaultPlan([fault])
    landing = Landing(settings.home / LANDING)
    plan = read_plan(settings.plan_dir)
    result = fetch_source(settings, plan, SOURCES[source], landing, since=SINCE)
    assert vendor[0].faults.fired
    if expected == "fetched":
        assert result.status == "fetched", result.message
        return
    assert isinstance(result.error, IngestError), repr(result.error)
    assert expected in result.message
    assert landing.fetches(source) == []


def test_a_page_that_is_no_object_is_said(vendor: tuple[Sandbox, Path], settings: Settings) -> None:
    fault = {"match": "/Advertisers", "action": "status", "status": 200, "body": [1]}
    vendor[0].faults = FaultPlan([fault])
    landing, plan = Landing(settings.home / LANDING), read_plan(settings.plan_dir)
    result = fetch_source(settings, plan, SOURCES["impact"], landing, since=SINCE)
    assert "the page is no object: '[1]'" in result.message
