"""Planned faults do what they say, on the wire."""

from __future__ import annotations

import json
import time

import pytest
import requests

from sandbox.faults import FaultPlan
from sandbox.server import serve

CLOCK = "2026-03-20T06:00:00Z"
DAILY = "/stats/eurofxref/eurofxref-daily.xml"
CHANNELS = "/youtube/v3/channels"


@pytest.fixture(scope="module")
def faulty(world):
    """A server whose plan each test sets; answers the URL."""
    with serve(world, clock=CLOCK) as sandbox:

        def plan(*entries):
            sandbox.faults = FaultPlan(entries)
            return sandbox

        yield plan


def fetch(sandbox, path=DAILY):
    headers = {"X-Goog-Api-Key": "sandbox-youtube-token"}
    return requests.get(sandbox.url + path, headers=headers, timeout=10)


def channel(world):
    ids = [a.account_id for a in world.accounts.values() if a.platform == "youtube"][:2]
    return f"{CHANNELS}?part=snippet,statistics&id={','.join(ids)}"


def test_a_status_comes_with_its_headers_and_body_so_many_times(faulty):
    sandbox = faulty(
        {"match": DAILY, "action": "status", "status": 429, "headers": {"Retry-After": "2"},
         "body": {"error": "slow down"}, "times": 2}
    )  # fmt: skip
    answers = [fetch(sandbox) for _ in range(3)]
    assert [a.status_code for a in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "2"
    assert answers[0].json() == {"error": "slow down"}
    assert sandbox.faults.fired == 2


@pytest.mark.parametrize(
    ("choice", "hit"),
    [
        ({"nth": 3}, [3]),
        ({"every": 2}, [2, 4, 6]),
        ({"every": 2, "times": 1}, [2]),
        ({"after": 4}, [5, 6]),
        ({}, range(1, 7)),
    ],
)
def test_requests_are_chosen_by_count(faulty, choice, hit):
    sandbox = faulty({"match": DAILY, "action": "status", "status": 500, **choice})
    seen = [n for n in range(1, 7) if fetch(sandbox).status_code == 500]
    assert seen == list(hit)


def test_chance_follows_its_seed():
    def pattern(seed):
        entry = {"match": "/", "action": "empty", "probability": 0.3, "seed": seed}
        plan = FaultPlan([entry])
        return [plan.pick("/x") is not None for _ in range(200)]

    assert pattern(1) == pattern(1) != pattern(2)
    assert 30 < sum(pattern(1)) < 90


def test_only_matching_requests_are_hit_by_prefix_or_expression(faulty, world):
    sandbox = faulty({"match": "^/youtube/.*id=UC", "action": "status", "status": 503})
    assert fetch(sandbox).status_code == 200
    assert fetch(sandbox, channel(world)).status_code == 503


def test_a_cut_body_is_shorter_than_its_content_length(faulty):
    sandbox = faulty({"match": DAILY, "action": "cut", "keep": 0.5, "times": 1})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        fetch(sandbox)
    response = fetch(sandbox)
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_a_reset_breaks_the_connection_and_the_server_lives_on(faulty):
    sandbox = faulty({"match": DAILY, "action": "reset", "times": 1})
    with pytest.raises(requests.ConnectionError):
        fetch(sandbox)
    assert fetch(sandbox).status_code == 200


def test_html_and_empty_answers_have_status_200(faulty, world):
    sandbox = faulty(
        {"match": CHANNELS, "action": "html", "times": 1},
        {"match": CHANNELS, "action": "empty", "times": 1},
    )
    page, nothing = fetch(sandbox, channel(world)), fetch(sandbox, channel(world))
    assert (page.status_code, nothing.status_code) == (200, 200)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<form>" in page.text
    assert nothing.content == b""


def test_a_slow_answer_is_late_or_drips(faulty):
    sandbox = faulty({"match": DAILY, "action": "slow", "seconds": 0.3, "times": 1})
    begin = time.perf_counter()
    whole = fetch(sandbox).content
    assert time.perf_counter() - begin > 0.28
    sandbox = faulty({"match": DAILY, "action": "slow", "bytes_per_second": 5_000})
    begin = time.perf_counter()
    assert fetch(sandbox).content == whole
    assert time.perf_counter() - begin > len(whole) / 5_000 * 0.8


def test_fields_are_dropped_and_added_inside_lists(faulty, world):
    sandbox = faulty(
        {"match": CHANNELS, "action": "drop_field", "field": "items.statistics.viewCount",
         "times": 1},
        {"match": CHANNELS, "action": "add_field", "field": "items.snippet.mood", "value": "x",
         "times": 1},
    )  # fmt: skip
    dropped, added = fetch(sandbox, channel(world)).json(), fetch(sandbox, channel(world)).json()
    assert [("viewCount" in i["statistics"]) for i in dropped["items"]] == [False, False]
    assert [i["snippet"]["mood"] for i in added["items"]] == ["x", "x"]
    assert all("viewCount" in i["statistics"] for i in added["items"])


def test_text_is_replaced_so_often(faulty):
    sandbox = faulty(
        {"match": DAILY, "action": "replace", "find": "currency=", "with": "money=", "count": 2}
    )
    assert fetch(sandbox).text.count("money=") == 2


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"action": "explode"}, "unknown action"),
        ({"action": "status"}, "lacks status"),
        ({"action": "html", "sometimes": 1}, "unknown keys"),
    ],
)
def test_a_wrong_plan_is_refused_with_a_reason(entry, words):
    with pytest.raises(ValueError, match=words):
        FaultPlan([entry])


def test_a_plan_is_read_from_its_file(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps([{"match": "/x", "action": "html"}]), encoding="utf-8")
    assert FaultPlan.read(path).pick("/x").action == "html"
