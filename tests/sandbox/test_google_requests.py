"""Whole fetches of Google's sources: each question and answer against Google's own documents."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import orjson
import pytest

# Tests have no packages (import-mode=importlib), so their helpers need a place to be found.
sys.path.insert(0, str(Path(__file__).parent))

from discovery_schema import Discovery

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World

WORLD = World(7, 8, 40, date(2026, 8, 1))
NOW = datetime(2026, 9, 9, 3, tzinfo=UTC)
# By source: its document, and the methods that a night must have called.
APIS = {
    "youtube": (
        Discovery("youtube", "v3"),
        {"channels", "playlistItems", "videos", "videos:batchGetStats", "commentThreads"},
    ),
    "youtube_analytics": (Discovery("youtubeAnalytics", "v2"), {"reports"}),
    "ga4": (Discovery("analyticsdata", "v1beta"), {"310001:runReport"}),
}
_SKIPPED = "/token"  # Google's OAuth is documented elsewhere


class Call(NamedTuple):
    """One question as the vendor got it, and its answer."""

    verb: str
    path: str
    query: dict[str, str]
    body: Any
    answer: Any


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Call]]]:
    home = tmp_path_factory.mktemp("google")
    write_plan(WORLD, home / "plan")
    plan, found = read_plan(home / "plan"), {}
    with serve(WORLD) as sandbox:
        answer = sandbox.answer

        def recorded(request: Any, body: bytes) -> Any:
            said = answer(request, body)
            path, _, query = request.raw_path.partition("?")
            if said.status == 200 and path != _SKIPPED:
                asked = orjson.loads(body) if body else None
                told = orjson.loads(said.body)
                heard.append(
                    Call(request.method, unquote(path), dict(parse_qsl(query)), asked, told)
                )
            return said

        sandbox.answer = recorded  # type: ignore[method-assign]
        settings = replace(sandbox_settings(home, home / "plan", sandbox.url), clock=NOW)
        for name in APIS:
            heard: list[Call] = []
            landing, since = Landing(home / LANDING), NOW.date() - timedelta(days=9)
            result = fetch_source(settings, plan, SOURCES[name], landing, since=since)
            assert result.status == "fetched", result.message
            found[name] = heard
    yield found


@pytest.mark.parametrize("name", APIS)
def test_every_question_and_answer_is_as_google_documents_it(
    calls: dict[str, list[Call]], name: str
) -> None:
    document, methods = APIS[name]
    assert {call.path.rsplit("/", 1)[1] for call in calls[name]} == methods
    for call in calls[name]:
        assert document.question_faults(call.verb, call.path, call.query, call.body) == []
        # A partial answer (`fields`) leaves out, it adds nothing.
        assert document.answer_faults(call.verb, call.path, call.answer) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"limit": 25_000}, "$.limit: 25000 is not a string"),
        ({"limit": "many"}, "not a whole number as text"),
        ({"dateRange": []}, "$.dateRange: no such field"),
        ({"metrics": {"name": "sessions"}}, "is not a list"),
        ({"keepEmptyRows": "false"}, "is not of type boolean"),
        ({"orderBys": [{"dimension": {"name": "date"}}]}, "no such field"),
    ],
)
def test_a_report_that_is_asked_for_wrongly_is_found(
    calls: dict[str, list[Call]], change: dict[str, Any], fault: str
) -> None:
    document, call = APIS["ga4"][0], calls["ga4"][0]
    faults = document.question_faults(call.verb, call.path, {}, call.body | change)
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("rows", 0, "metricValues", 0, "value"), 7, "7 is not a string"),
        (("rowCount",), "54", "is not of type integer"),
        (("metricHeaders", 0, "type"), "INTEGER", "is none of"),
        (("metadata", "timezone"), "UTC", "no such field"),
        (("propertyQuota", "tokensPerDay", "remaining"), 1.5, "is not of type integer"),
    ],
)
def test_a_report_that_google_would_not_send_is_found(
    calls: dict[str, list[Call]], path: tuple[Any, ...], value: Any, fault: str
) -> None:
    document, call = APIS["ga4"][0], calls["ga4"][0]
    body = node = copy.deepcopy(call.answer)
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    faults = document.answer_faults(call.verb, call.path, body)
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"part": "snippet", "order": "newest"}, "order: 'newest' is none of"),
        ({"part": "snippet", "maxResults": "101"}, "from 1 to 100"),
        ({"part": "snippet", "video": "x"}, "video: no such parameter"),
        ({"videoId": "x"}, "part is missing"),
    ],
)
def test_a_parameter_that_youtube_does_not_take_is_found(query: dict[str, str], fault: str) -> None:
    document = APIS["youtube"][0]
    faults = document.question_faults("GET", "/youtube/v3/commentThreads", query, None)
    assert any(fault in found for found in faults), faults
