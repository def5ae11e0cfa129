"""What Instagram refuses: one metric, one post, one account, everything; and its limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import Call, Vendor, landed_pages, make_job, reply, run_fetch
from instagram_vendor import COUNTERS, Instagram, edges, fetch, graph_error, media, refused

from ingest.errors import Deferred, FetchFailed, Throttled, Unauthorised
from ingest.sources.instagram import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing


UNNAMED = "(#100) metric[0] must be one of the following values: reach"
NAMED = "(#100) The Media Insights API does not support the views metric for this media type."


@pytest.mark.parametrize(("message", "calls"), [(NAMED, 2), (UNNAMED, 8)], ids=["named", "unnamed"])
def test_one_refused_metric_costs_only_itself(
    vendor: Vendor, landing: Landing, message: str, calls: int
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_asked = "views" in call.query.get("metric", "").split(",")
        return graph_error(100, message) if is_asked else None

    manifest = fetch(vendor, landing, Instagram({"1784": [media("m1")]}, refuse), **COUNTERS)
    assert len(edges(vendor, "insights")) == calls
    landed = [
        row["name"]
        for page in landed_pages(manifest, "media_insights")
        for row in page["body"]["data"]
    ]
    assert sorted(landed) == [
        "comments",
        "likes",
        "reach",
        "saved",
        "shares",
        "total_interactions",
    ]
    assert [(p.reason, p.context["metric"]) for p in manifest.problems] == [
        ("metric_unsupported", "views")
    ]


def test_a_metric_that_the_vendor_removed_costs_no_other_metric_of_any_day(
    vendor: Vendor, landing: Landing
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_asked = "views" in call.query.get("metric", "").split(",")
        return graph_error(100, UNNAMED) if is_asked else None

    manifest = fetch(vendor, landing, Instagram({"1784": [media("m1")]}, refuse))
    days: dict[str, set[str]] = {}
    for page in landed_pages(manifest, "user_insights"):
        names = {row["name"] for row in page["body"]["data"]}
        if page["context"]["metric_type"] == "total_value":
            days.setdefault(page["context"]["since"], set()).update(names)
    kept = {
        "total_interactions", "likes", "comments", "shares", "saves", "accounts_engaged",
        "follows_and_unfollows",
    }  # fmt: skip
    assert days == {"2026-11-21": kept, "2026-11-22": kept}
    assert [(p.stream, p.reason, p.context["metric"]) for p in manifest.problems] == [
        ("user_insights", "metric_unsupported", "views"),
        ("user_insights", "metric_unsupported", "views"),
        ("media_insights", "metric_unsupported", "views"),
    ]


def test_a_missing_scope_is_named_for_the_stream_that_needs_it(
    vendor: Vendor, landing: Landing
) -> None:
    refuse: Any = lambda call: (  # noqa: E731
        graph_error(10, "(#10) Application does not have permission for this action")
        if call.path.endswith("/insights")
        else None
    )
    manifest = fetch(vendor, landing, Instagram({"1784": [media("m1")]}, refuse), **COUNTERS)
    [problem] = manifest.problems
    assert problem.detail.endswith("(media_insights needs instagram_manage_insights)")


@pytest.mark.parametrize(
    ("answer", "reason", "calls"),
    [
        (lambda: graph_error(100, "Invalid parameter", 2108006), "predates_conversion", 1),
        (lambda: graph_error(10, "(#10) Not enough viewers for the media"), "below_threshold", 1),
        (lambda: graph_error(10, "(#10) Application does not have permission"), "permission", 1),
        (lambda: graph_error(200, "Permissions error"), "permission", 1),
        (lambda: graph_error(100, "Object does not exist", 33), "not_found", 2),
    ],
    ids=["before conversion", "too few viewers", "no permission", "code 200", "gone"],
)
def test_a_post_that_is_refused_is_recorded_and_the_others_go_on(
    vendor: Vendor,
    landing: Landing,
    answer: Callable[[], web.StreamResponse],
    reason: str,
    calls: int,
) -> None:
    posts = {"1784": [media("m1"), media("m2")]}
    refuse: Any = lambda call: answer() if call.path == "/v25.0/m1/insights" else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(posts, refuse), **COUNTERS)
    assert refused(manifest) == [("media_insights", reason)]
    assert vendor.paths.count("/v25.0/m1/insights") == calls
    assert [p["context"]["media_id"] for p in landed_pages(manifest, "media_insights")] == ["m2"]


def test_a_post_that_only_seemed_gone_is_landed_on_the_second_try(
    vendor: Vendor, landing: Landing
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_first = vendor.paths.count("/v25.0/m1/insights") == 1
        return graph_error(100, "gone", 33) if is_first and "/m1/" in call.path else None

    manifest = fetch(vendor, landing, Instagram({"1784": [media("m1")]}, refuse), **COUNTERS)
    assert manifest.streams["media_insights"].pages == 1
    assert manifest.problems == ()


@pytest.mark.parametrize(
    ("code", "reason"), [(190, "unauthorised"), (10, "permission"), (100, "metric_unsupported")]
)
def test_an_account_that_is_refused_is_left_out_and_the_others_go_on(
    vendor: Vendor, landing: Landing, code: int, reason: str
) -> None:
    refuse: Any = lambda call: graph_error(code) if "/1" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram({"2": [media("m2")]}, refuse), "1", "2")
    assert refused(manifest) == [("accounts", reason)]
    assert vendor.paths.count("/v25.0/1") == 1
    assert not any(path.startswith("/v25.0/1/") for path in vendor.paths)
    assert manifest.streams["media_insights"].pages == 1


def test_an_account_refused_halfway_stops_alone(vendor: Vendor, landing: Landing) -> None:
    refuse: Any = lambda call: graph_error(190) if call.path == "/v25.0/1/media" else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram({"2": [media("m2")]}, refuse), "1", "2", **COUNTERS)
    assert refused(manifest) == [("media", "unauthorised")]
    assert manifest.streams["media_insights"].pages == 1


@pytest.mark.parametrize(("code", "kind"), [(190, Unauthorised), (10, FetchFailed)])
def test_a_token_that_opens_no_account_stops_the_source(
    vendor: Vendor, landing: Landing, code: int, kind: type[FetchFailed]
) -> None:
    with pytest.raises(kind) as raised:
        fetch(vendor, landing, lambda call, n: graph_error(code), "1", "2")
    assert type(raised.value) is kind
    assert len(vendor.calls) == 2
    assert landing.fetches() == []


def test_a_token_that_dies_halfway_stops_the_source(vendor: Vendor, landing: Landing) -> None:
    posts = {name: [media(f"m{name}{n}") for n in range(300)] for name in ("1", "2")}
    refuse: Any = lambda call: graph_error(190) if len(vendor.calls) > 100 else None  # noqa: E731
    with pytest.raises(Unauthorised):
        fetch(vendor, landing, Instagram(posts, refuse), "1", "2", **COUNTERS)
    assert len(vendor.calls) < 500
    assert landing.fetches() == []


def test_an_account_that_shuts_halfway_is_not_asked_further(
    vendor: Vendor, landing: Landing
) -> None:
    posts = {"1": [media(f"1-{n}") for n in range(500)], "2": [media("2-0")]}
    refuse: Any = lambda call: graph_error(190) if "/1-" in call.path else None  # noqa: E731
    manifest = fetch(vendor, landing, Instagram(posts, refuse), "1", "2", **COUNTERS)
    assert sum("/1-" in path for path in vendor.paths) < 250
    pages = landed_pages(manifest, "media_insights")
    assert [page["context"]["media_id"] for page in pages] == ["2-0"]


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        (lambda: graph_error(4, "(#4) Application request limit reached"), Throttled, 7),
        (lambda: graph_error(2, "Service temporarily unavailable"), FetchFailed, 4),
        (lambda: graph_error(999, "?", is_transient=True), FetchFailed, 4),
        (lambda: graph_error(999, "something new"), FetchFailed, 1),
    ],
    ids=["limit", "transient code", "said to be transient", "unknown code"],
)
def test_any_other_error_stops_the_source_after_the_tries_it_deserves(
    vendor: Vendor,
    landing: Landing,
    answer: Callable[[], web.StreamResponse],
    kind: type[FetchFailed],
    calls: int,
) -> None:
    with pytest.raises(kind):
        fetch(vendor, landing, lambda call, n: answer())
    assert len(vendor.calls) == calls
    assert landing.fetches() == []


def business_usage(percent: float, minutes: int = 0) -> dict[str, str]:
    usage = {"call_count": percent, "total_time": 1, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({"1784": [{"type": "instagram", **usage}]})}


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        (business_usage(79), 0.0, 0.2),
        ({"X-App-Usage": '{"call_count":80.2,"total_time":25}'}, 0.5, 0.9),
        (business_usage(80.2), 0.5, 0.9),
        ({"X-App-Usage": "nonsense"}, 0.0, 0.2),
    ],
    ids=["below", "above", "above for one account", "unreadable"],
)
def test_much_usage_slows_us_down_before_the_vendor_does(
    vendor: Vendor, landing: Landing, headers: dict[str, str], least: float, most: float
) -> None:
    vendor.answer = lambda call, n: reply(
        {"id": "1784", "data": []}, headers=headers if n == 0 else {}
    )
    run_fetch(SOURCE, make_job("1784", **COUNTERS), landing, vendor.url)
    assert least <= vendor.calls[1].at - vendor.calls[0].at <= most


def test_a_long_way_to_regaining_access_defers_the_fetch(vendor: Vendor, landing: Landing) -> None:
    with pytest.raises(Deferred) as deferred:
        fetch(
            vendor,
            landing,
            lambda call, n: reply({"id": "1784"}, headers=business_usage(100, minutes=30)),
        )
    assert 1700 < deferred.value.seconds <= 1800
    assert len(vendor.calls) == 1
    assert landing.fetches() == []
