"""YouTube Analytics API v2: days of channels that let us in, and days of their younger videos.

A day is one of California's. The newest days are not in a report at all, and a report ends with the
last day for which all its metrics are ready: the slow ones are asked for by themselves. What a day
says is restated for some days, so the last week is read again every night.
https://developers.google.com/youtube/analytics
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest.errors import IncompletePage, IngestError, ItemRefused, Unauthorised
from ingest.parallel import answers
from ingest.sources.youtube_analytics_errors import classify
from ingest.sources.youtube_quota import QUOTA_TIME_ZONE
from ingest.streams import Source, Stream

if TYPE_CHECKING:
    from ingest.http import Client
    from ingest.job import FetchJob
    from ingest.landing import FetchWriter
    from ingest.page import Page

SCOPE = "yt-analytics.readonly"
_ACTIVITY = (
    "views",
    "engagedViews",
    "likes",
    "comments",
    "shares",
    "subscribersGained",
    "subscribersLost",
)
_WATCHING = ("estimatedMinutesWatched", "averageViewDuration", "averageViewPercentage")
_METRICS = (_ACTIVITY, _WATCHING)
_TOP = 200  # the most videos that a list of them may hold
_SKIPS: tuple[type[IngestError], ...] = (ItemRefused, Unauthorised)


@dataclass(frozen=True)
class Report:
    """One table of days: which channel, which video of it (empty: all), which metrics."""

    account_id: str
    video_id: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Days:
    """Days of California, both included."""

    since: date
    until: date

    @property
    def params(self) -> dict[str, str]:
        """As the vendor wants them."""
        return {"startDate": self.since.isoformat(), "endDate": self.until.isoformat()}


def fetch(client: Client, job: FetchJob, writer: FetchWriter) -> None:
    """Land the days of every channel that let us in; Unauthorised when none does any more."""
    night = _Night(client, job, writer)
    night.fetch_channel_days()
    night.fetch_video_days()


class _Night:
    """One fetch; `open_ids` are the channels that still let us in."""

    def __init__(self, client: Client, job: FetchJob, writer: FetchWriter) -> None:
        self._client, self._writer = client, writer
        today = job.now.astimezone(ZoneInfo(QUOTA_TIME_ZONE)).date()
        until = min(job.until, today)
        self._days = Days(min(job.since, until), until)
        tracked_from = today - timedelta(days=job.track_posts_days)
        self._year_before = Days(tracked_from - timedelta(days=365), tracked_from)
        self._account_ids = sorted({a.account_id for a in job.accounts if a.is_authorised})
        self._open_ids = set(self._account_ids)

    def fetch_channel_days(self) -> None:
        """Land each channel's days."""
        self._land(
            "channel_days",
            (Report(account_id, "", m) for account_id in self._account_ids for m in _METRICS),
        )

    def fetch_video_days(self) -> None:
        """Land the days of each channel's videos that are young enough to be tracked."""
        videos = self._find_videos()
        self._land("video_days", (Report(*video, m) for video in videos for m in _METRICS))

    def _find_videos(self) -> list[tuple[str, str]]:
        """(channel, video) of the most viewed videos of these days, without those known to be old.

        The vendor does not say when a video came out; one with views before it would be tracked is
        too old.
        """

        def younger(account_id: str) -> list[tuple[str, str]]:
            old = {*self._top_videos(account_id, self._year_before)}
            found = self._top_videos(account_id, self._days)
            return [(account_id, video_id) for video_id in found if video_id not in old]

        videos: list[tuple[str, str]] = []
        open_ids = (a for a in self._account_ids if a in self._open_ids)
        for account_id, found in answers(younger, open_ids, _SKIPS):
            if isinstance(found, IngestError):
                self._record("video_days", {"account_id": account_id}, found)
            else:
                videos += found
        return videos

    def _top_videos(self, account_id: str, days: Days) -> list[str]:
        page = self._ask(
            account_id,
            days,
            {
                "dimensions": "video",
                "metrics": "views",
                "sort": "-views",
                "maxResults": str(_TOP),
            },
        )
        rows = page.json.get("rows") or []
        headers = page.json.get("columnHeaders")
        names = [_name(header) for header in headers] if isinstance(headers, list) else []
        if rows and "video" not in names:
            raise IncompletePage("YouTube Analytics sent a list of videos without their column")
        at = names.index("video") if rows else 0
        cells = [row[at] for row in rows if isinstance(row, list) and len(row) > at]
        return [video_id for video_id in cells if isinstance(video_id, str)]

    def _land(self, stream: str, reports: Iterator[Report]) -> None:
        def read(report: Report) -> list[tuple[tuple[str, ...], Page | ItemRefused]]:
            return self._read(report, report.metrics)

        open_reports = (report for report in reports if report.account_id in self._open_ids)
        for report, answer in answers(read, open_reports, _SKIPS):
            context = {"account_id": report.account_id}
            if report.video_id:
                context["video_id"] = report.video_id
            if isinstance(answer, IngestError):
                self._record(stream, context, answer)
                continue
            for metrics, page in answer:
                asked = context | {"metrics": ",".join(metrics)}
                if isinstance(page, ItemRefused):
                    self._record(stream, asked, page)
                else:
                    window = {"since": f"{self._days.since}", "until": f"{self._days.until}"}
                    self._writer.write(stream, page, asked | window)

    def _read(
        self, report: Report, metrics: tuple[str, ...]
    ) -> list[tuple[tuple[str, ...], Page | ItemRefused]]:
        """The report, in parts where the vendor does not have all its metrics."""
        params = {"dimensions": "day", "sort": "day", "metrics": ",".join(metrics)}
        if report.video_id:
            params["filters"] = f"video=={report.video_id}"
        try:
            return [(metrics, self._ask(report.account_id, self._days, params))]
        except ItemRefused as refusal:
            if refusal.reason != "metric_unsupported":
                raise
            if len(metrics) == 1:
                return [(metrics, refusal)]
            half = len(metrics) // 2
            return self._read(report, metrics[:half]) + self._read(report, metrics[half:])

    def _ask(self, account_id: str, days: Days, params: Mapping[str, str]) -> Page:
        return self._client.get(
            "/v2/reports",
            {"ids": f"channel=={account_id}", **days.params, **params},
            shape={"kind": str, "rows?": list},  # no rows is no data, not zero
            account=account_id,
        )

    def _record(self, stream: str, context: Mapping[str, str], error: IngestError) -> None:
        account_id = context["account_id"]
        refused = isinstance(error, ItemRefused)
        reason = error.reason if isinstance(error, ItemRefused) else "unauthorised"
        detail = error.detail if isinstance(error, ItemRefused) else str(error)
        if reason == "unauthorised":
            detail = f"channel {account_id} must consent again, with the scope {SCOPE}: {detail}"
        elif reason == "permission":
            detail = (
                f"channel {account_id}, {stream}: needs the scope {SCOPE}, given by an owner of"
                f" this channel: {detail}"
            )
        self._writer.problem(stream, context, reason, detail)
        if refused and reason not in {"unauthorised", "permission"}:
            return
        self._open_ids.discard(account_id)
        if not self._open_ids:
            raise Unauthorised(f"YouTube Analytics lets us into no channel: {detail}")


def _name(header: Any) -> Any:
    return header.get("name") if isinstance(header, dict) else None


def _renew(client: Client, held: Mapping[str, str]) -> Mapping[str, str]:
    form = {
        "grant_type": "refresh_token",
        "client_id": held["client_id"],
        "client_secret": held["client_secret"],
        "refresh_token": held["token"],
    }
    page = client.post_form("/token", form, shape={"access_token": str})
    return {"access_token": page.json["access_token"]}


def _headers(credentials: Mapping[str, str]) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credentials['access_token']}"}


def _streams() -> Sequence[Stream]:
    # A whole table is one row: what its columns mean stands in the same table.
    return [Stream(name, "dated", ("$.kind",)) for name in ("channel_days", "video_days")]


SOURCE = Source(
    name="youtube_analytics",
    streams=tuple(_streams()),
    url="https://youtubeanalytics.googleapis.com",
    needs=("client_id", "client_secret", "token"),
    schedule="30 9 * * *",  # a day of California has ended, in summer and in winter
    reload_days=7,
    fetch=fetch,
    headers=_headers,
    classify=classify,
    rate=5.0,  # how much the vendor allows is nowhere written
    platform="youtube",
    renew=_renew,
    token_url="https://oauth2.googleapis.com",  # noqa: S106 - an address
    has_token_by_account=True,
    quota_time_zone=QUOTA_TIME_ZONE,
)
