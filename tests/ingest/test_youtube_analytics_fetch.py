"""YouTube Analytics over HTTP: which reports are asked for, and what each refusal costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ingest_vendor import CANARY, Call, Vendor, landed_pages, make_client, make_job, reply

from ingest.auth import RenewableAuth
from ingest.errors import Deferred, FetchFailed, Unauthorised, VendorUnavailable
from ingest.sources.youtube_analytics import SOURCE

if TYPE_CHECKING:
    from aiohttp import web

    from ingest.landing import Landing
    from ingest.manifest import Manifest

Refuse = Callable[[Call], "web.StreamResponse | None"]
FAST = "views,engagedViews,likes,comments,shares,subscribersGained,subscribersLost"
SLOW = "estimatedMinutesWatched,averageViewDuration,averageViewPercentage"


def google_error(status: int, reason: str, **more: Any) -> web.StreamResponse:
    listed = [{"message": "m", "domain": "global", "reason": reason}]
    return reply({"error": {"code": status, "message": "no", "errors": listed, **more}}, status)


def table(names: list[str], rows: list[list[Any]] | None) -> web.StreamResponse:
    headers = [{"name": n, "columnType": "METRIC", "dataType": "INTEGER"} for n in names]
    body = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
    return reply(body | ({} if rows is None else {"rows": rows}))


class Analytics:
    """Two videos were viewed in the window, one of which had views long ago as well."""

    def __init__(
        self, refuse: Refuse = lambda call: None, refuse_token: Refuse = lambda call: None
    ) -> None:
        self.refuse, self.refuse_token = refuse, refuse_token
        self.given = 0

    def __call__(self, call: Call, number: int) -> web.StreamResponse:
        if call.path == "/token":
            self.given += 1
            refused = self.refuse_token(call)
            return refused or reply({"access_token": f"access-{self.given}-{'x' * 20}"})
        if refused := self.refuse(call):
            return refused
        if call.query["dimensions"] == "video":
            is_past = call.query["endDate"] < "2026-10-01"
            rows = [[9, "old"]] if is_past else [[7, "old"], [5, "young"]]
            return table(["views", "video"], rows)  # not in the order they were asked for
        names = call.query["metrics"].split(",")
        return table(["day", *names], [["2026-11-19", *range(len(names))]])


@pytest.fixture
def fetch(vendor: Vendor, landing: Landing, tmp_path: Path) -> Iterator[Callable[..., Manifest]]:
    """A night of the channels named, each with a refresh token of its own."""

    def run(answer: Analytics, *channels: str, **job: Any) -> Manifest:
        vendor.calls.clear()
        vendor.answer = answer
        settings = {"auth": {}, "classify": SOURCE.classify, "secrets": [CANARY]}
        client, asker = make_client(vendor.url, **settings), make_client(vendor.url, **settings)
        tokens = ",".join(f"{channel}=refresh-{channel}-{CANARY}" for channel in channels)
        client.auth = RenewableAuth(
            {"client_id": "the-client", "client_secret": CANARY, "token": tokens},
            SOURCE.headers,
            renew=SOURCE.renew,  # type: ignore[arg-type]
            client=asker,
            path=tmp_path / "tokens.json",
            learn=client.learn,
        )
        with landing.begin(SOURCE, make_job(*channels, **job), "plan-hash", True) as writer:
            SOURCE.fetch(client, writer.job, writer)
            return writer.commit()

    return run


def reports(vendor: Vendor, dimension: str = "day") -> list[dict[str, str]]:
    return [c.query for c in vendor.calls if c.query.get("dimensions") == dimension]


def test_a_night_asks_for_fast_and_slow_metrics_by_themselves(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    manifest = fetch(Analytics(), "UC1")
    assert {name: s.pages for name, s in manifest.streams.items()} == {
        "channel_days": 2,
        "video_days": 2,
    }
    asked = [(q["metrics"], q.get("filters")) for q in reports(vendor)]
    assert {*asked[:2]} == {(FAST, None), (SLOW, None)}
    assert {*asked[2:]} == {(FAST, "video==young"), (SLOW, "video==young")}
    assert len(asked) == 4
    assert {(q["ids"], q["startDate"], q["endDate"]) for q in reports(vendor)} == {
        ("channel==UC1", "2026-11-21", "2026-11-22")
    }
    pages = landed_pages(manifest, "video_days")
    assert [page["context"] for page in pages] == [
        {
            "account_id": "UC1",
            "video_id": "young",
            "metrics": metrics,
            "since": "2026-11-21",
            "until": "2026-11-22",
        }
        for metrics in (FAST, SLOW)
    ]
    assert manifest.problems == ()


def test_only_videos_that_are_young_enough_to_be_tracked_are_asked_for(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    fetch(Analytics(), "UC1", track_posts_days=90)
    past, now = sorted(reports(vendor, "video"), key=lambda query: query["endDate"])
    assert (past["startDate"], past["endDate"]) == ("2025-08-24", "2026-08-24")
    assert (now["startDate"], now["endDate"]) == ("2026-11-21", "2026-11-22")
    assert {(q["sort"], q["maxResults"]) for q in (past, now)} == {("-views", "200")}


@pytest.mark.parametrize(
    ("now", "until", "last"),
    [
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), date(2026, 11, 23), "2026-11-22"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 7, 23, 7, 0, tzinfo=UTC), date(2026, 7, 23), "2026-07-23"),
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), date(2026, 11, 20), "2026-11-20"),
    ],
)
def test_a_day_is_one_of_california_and_never_one_to_come(
    vendor: Vendor, fetch: Callable[..., Manifest], now: datetime, until: date, last: str
) -> None:
    fetch(Analytics(), "UC1", now=now, since=until, until=until)
    assert {(q["startDate"], q["endDate"]) for q in reports(vendor)} == {(last, last)}


def test_no_rows_are_no_data_and_are_landed_as_said(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    manifest = fetch(Analytics(lambda call: table(["day", "views"], None)), "UC1")
    assert [page["body"].get("rows") for page in landed_pages(manifest, "channel_days")] == [
        None,
        None,
    ]
    assert "video_days" not in manifest.streams


def test_one_channels_consent_that_ended_says_whose_and_stops_no_other(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        if "refresh-UC1-" not in call.body["refresh_token"]:
            return None
        body = {"error": "invalid_grant", "error_description": "Token has been revoked."}
        return reply(body, 400)

    manifest = fetch(Analytics(refuse_token=refuse), "UC1", "UC2")
    problems = {(p.stream, p.reason, p.context["account_id"]) for p in manifest.problems}
    assert problems == {("channel_days", "unauthorised", "UC1")}
    assert "channel UC1 must consent again" in manifest.problems[0].detail
    assert "yt-analytics.readonly" in manifest.problems[0].detail
    accounts = {p["context"]["account_id"] for p in landed_pages(manifest, "channel_days")}
    assert accounts == {"UC2"}
    assert CANARY not in str(manifest)


def test_when_every_consent_ended_the_source_fails_and_names_the_last(
    vendor: Vendor, landing: Landing, fetch: Callable[..., Manifest]
) -> None:
    answer = Analytics(refuse_token=lambda call: reply({"error": "invalid_grant"}, 400))
    with pytest.raises(Unauthorised, match=r"channel UC[12] must consent again"):
        fetch(answer, "UC1", "UC2")
    assert landing.fetches() == []


def test_a_wrong_client_is_not_a_channels_fault(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    answer = Analytics(refuse_token=lambda call: reply({"error": "invalid_client"}, 401))
    with pytest.raises(Unauthorised, match="client id and secret"):
        fetch(answer, "UC1", "UC2")


def test_an_access_token_that_ended_is_renewed_once(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_first = "access-1-" in call.headers["Authorization"]
        return google_error(401, "authError") if is_first else None

    answer = Analytics(refuse)
    manifest = fetch(answer, "UC1")
    assert answer.given == 2
    assert manifest.problems == ()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            lambda: google_error(
                403,
                "insufficientPermissions",
                details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
            ),
            "permission",
        ),
        (lambda: google_error(403, "forbidden"), "permission"),
        (
            lambda: reply({"kind": "k", "errors": {"error": [{"code": "FORBIDDEN"}]}}),
            "permission",
        ),
    ],
    ids=["scope", "forbidden", "inside a good answer"],
)
def test_a_missing_scope_is_named_and_stops_no_other_channel(
    vendor: Vendor, fetch: Callable[..., Manifest], error: Callable[[], Any], reason: str
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        return error() if call.query["ids"] == "channel==UC1" else None

    manifest = fetch(Analytics(refuse), "UC1", "UC2")
    assert {(p.stream, p.reason) for p in manifest.problems} == {("channel_days", reason)}
    assert "yt-analytics.readonly" in manifest.problems[0].detail
    assert "channel UC1, channel_days" in manifest.problems[0].detail
    assert manifest.streams["channel_days"].pages == 2


def test_one_metric_that_is_refused_costs_only_itself(
    vendor: Vendor, fetch: Callable[..., Manifest]
) -> None:
    def refuse(call: Call) -> web.StreamResponse | None:
        is_asked = "engagedViews" in call.query["metrics"].split(",")
        return google_error(400, "badRequest") if is_asked else None

    manifest = fetch(Analytics(refuse), "UC1")
    assert {(p.stream, p.reason, p.context["metrics"]) for p in manifest.problems} == {
        (stream, "metric_unsupported", "engagedViews") for stream in ("channel_days", "video_days")
    }
    landed = {
        metric
        for page in landed_pages(manifest, "channel_days")
        for metric in page["context"]["metrics"].split(",")
    }
    assert landed == {*FAST.split(","), *SLOW.split(",")} - {"engagedViews"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: google_error(403, "quotaExceeded"), Deferred),
        (lambda: google_error(403, "rateLimitExceeded"), VendorUnavailable),
        (lambda: reply({"kind": "k", "errors": {"code": "INTERNAL_ERROR"}}), VendorUnavailable),
        (lambda: google_error(403, "accessNotConfigured"), Unauthorised),
        (lambda: reply({"error": {"code": 418, "errors": "odd"}}, 418), FetchFailed),
        (lambda: reply([]), FetchFailed),
    ],
    ids=["quota", "rate", "failed inside", "not switched on", "odd error", "odd body"],
)
def test_what_concerns_all_channels_stops_the_source(
    vendor: Vendor,
    landing: Landing,
    fetch: Callable[..., Manifest],
    answer: Callable[[], Any],
    kind: type[Exception],
) -> None:
    with pytest.raises(kind):
        fetch(Analytics(lambda call: answer()), "UC1")
    assert landing.fetches() == []
