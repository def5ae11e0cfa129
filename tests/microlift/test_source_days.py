"""No source loses a day or has one twice: zones from -12 to +14, changes of the clock, leap day.

The property's and the shop's zone, and the machine's own, are set to a zone. Nights across a turn
of the calendar must end with every day of one fetch over all days, each once, and with what the
vendor says last of the days that are read again.
"""

from __future__ import annotations

import json
import os
import re
import time as clock
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import zstandard

from ingest.job import ALL_KINDS
from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift.fetching import LANDING, fetch_source
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings
from microlift.settings import Secret
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World

if TYPE_CHECKING:
    from ingest.manifest import Manifest
    from microlift.settings import Settings

DAY = timedelta(days=1)
# A zone, and a day in it that is shorter or longer than others or that others do not have.
TURNS = {
    "Etc/GMT+12": date(2028, 2, 29),  # 12 hours behind
    "Pacific/Kiritimati": date(2027, 1, 1),  # 14 hours ahead
    "America/Los_Angeles": date(2026, 3, 8),
    "America/St_Johns": date(2026, 11, 1),  # behind by half an hour more
    "Pacific/Auckland": date(2026, 9, 27),
    "Australia/Lord_Howe": date(2026, 4, 5),  # by half an hour only
}
_BEFORE = 2
# What has a past; counters have none, so no day of theirs can be read twice.
WITH_A_PAST = frozenset({"dated", "entity"})
DATED = [n for n, s in SOURCES.items() if {stream.kind for stream in s.streams} & WITH_A_PAST]
# Streams that tell by day, and how many days late they are at most. Others tell what is dated by an
# instant; rates have no week-ends, so that no day of theirs can be expected.
BY_DAY = {
    "sessions": 1, "channel_days": 4, "video_days": 4, "account_days": 3, "clicks": 1,
    "user_insights": 2,
}  # fmt: skip

Fact = tuple[str, ...]  # the source's name for a thing, and its day


def facts(manifest: Manifest) -> dict[Fact, list[str]]:
    """What one fetch says, by thing and day; of a day that stands there twice, both values."""
    found: dict[Fact, list[str]] = {}
    for stream, file in manifest.streams.items():
        with (manifest.folder / file.file).open("rb") as raw:
            text = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()
        for line in text.decode().splitlines():
            page = json.loads(line)
            for fact, value in _read(stream, page["context"], page["body"]):
                found.setdefault((stream, *map(str, fact)), []).append(json.dumps(value))
    return found


def _read(  # noqa: PLR0912 - a table of vendors' answers
    stream: str, asked: Any, body: Any
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    match stream:
        case "sessions":
            for row in body.get("rows", ()):
                day, *names = (cell["value"] for cell in row["dimensionValues"])
                yield (*names, day), row["metricValues"]
        case "channel_days" | "video_days":
            names = [header["name"] for header in body["columnHeaders"]]
            for row in body.get("rows", ()):
                told = dict(zip(names, row, strict=True))
                video = asked.get("video_id")
                yield (asked["account_id"], video, names[1:], told["day"]), told
        case "account_days":
            for row in body["data"]["metrics"]:
                yield (asked["account_id"], row["date"]), row
        case "clicks":
            for row in body["link_clicks"]:
                yield (asked["link_id"], row["date"]), row["clicks"]
        case "user_insights":
            for row in body["data"]:
                for told in row.get("values", ()):
                    yield (asked["account_id"], row["name"], told["end_time"]), told["value"]
                if "values" not in row:  # a total, of all the days that its window holds
                    first, last = (date.fromisoformat(asked[name]) for name in ("since", "until"))
                    for number in range((last - first).days + 1):
                        yield (asked["account_id"], row["name"], first + number * DAY), row
        case "rates":
            for day, rates in re.findall(r"<Cube time=.([\d-]+).>(.*?)</Cube>", body, re.DOTALL):
                yield (day,), rates
        case "orders" | "bulk_orders":
            for row in body["data"]["orders"]["nodes"]:
                yield (row["id"],), row["updatedAt"]
        case "actions":
            for row in body["Actions"]:
                yield (row["Id"], asked["by"]), row["State"]
        case "playlist_items":
            for row in body["items"]:
                yield (row["contentDetails"]["videoId"],), None
        case "comments" | "tags":
            for row in body.get("items", body.get("data", ())):
                yield (row["id"],), None


@pytest.fixture(params=TURNS)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A zone that is the machine's as well, so that no local time can be meant by mistake."""
    monkeypatch.setitem(os.environ, "TZ", request.param)
    clock.tzset()
    yield request.param
    monkeypatch.undo()
    clock.tzset()


def fetch(settings: Settings, name: str, now: datetime, since: date | None) -> Any:
    told = replace(settings, clock=now)
    plan, landing = read_plan(settings.plan_dir), Landing(settings.home / LANDING)
    kinds = ALL_KINDS - {"counter"} if name != "shopify" else ALL_KINDS
    source = SOURCES[name]
    result = fetch_source(told, plan, source, landing, since=since, kinds=kinds, again=True)
    assert result.status == "fetched", result.message
    return result.window


def test_no_day_is_lost_or_doubled(zone: str, tmp_path: Path) -> None:
    turn = TURNS[zone]
    world = World(11, 2, 13, turn - 9 * DAY)
    world.shop = replace(world.shop, time_zone=zone)
    write_plan(world, tmp_path / "plan")
    since = turn - _BEFORE * DAY
    # Nights just before and just after the zone's own midnight, and at the hour of the schedules.
    hours = [time(23, 50), time(3), time(0, 10), time(23, 50)]
    local = [
        datetime.combine(since + n * DAY, hour, ZoneInfo(zone)) for n, hour in enumerate(hours)
    ]
    nights = [night.astimezone(UTC) for night in local]
    with serve(world) as sandbox:
        told = sandbox_settings(tmp_path, tmp_path / "plan", sandbox.url)
        told = replace(told, customer_secret=Secret("k" * 32))
        for name in DATED:
            by_night = replace(told, home=tmp_path / "nights")
            covered: date | None = None
            asked_from: list[date] = []
            for night in nights:
                window = fetch(by_night, name, night, since if covered is None else None)
                assert window.until == night.date()
                # Neither a gap, nor less than the vendor may still restate.
                reload = timedelta(days=SOURCES[name].reload_days)
                assert covered is None or window.since == min(covered - reload, window.until)
                covered = window.until
                asked_from.append(window.since)
            at_once = replace(told, home=tmp_path / "once")
            fetch(at_once, name, nights[-1], min(asked_from))
            _compare(name, zone, tmp_path, min(asked_from), nights[-1].date())


def _compare(name: str, zone: str, home: Path, begin: date, end: date) -> None:
    nightly = [facts(m) for m in Landing(home / "nights" / LANDING).fetches(name)]
    (once,) = (facts(m) for m in Landing(home / "once" / LANDING).fetches(name))
    assert len(once) > 2, f"{name} has nothing to compare"
    for found in (*nightly, once):
        # Of what was asked by its update and by its lock, each answer is one.
        doubled = [fact for fact, said in found.items() if len(said) > 1]
        assert not doubled, f"{name}, {zone}: twice in a fetch: {doubled[:3]}"
    seen = {fact: said for found in nightly for fact, said in found.items()}
    lost = {*once} - {*seen}
    assert not lost, f"{name}, {zone}: lost by night: {sorted(lost)[:3]}"
    # What the last night read again is what the vendor says now.
    stale = [f for f, said in nightly[-1].items() if f[0] in BY_DAY and once.get(f, said) != said]
    assert not stale, f"{name}, {zone}: {stale[:3]}"
    for stream in {f[0] for f in once} & {*BY_DAY}:
        told = {_day(fact) for fact in once if fact[0] == stream}
        whole = {begin + n * DAY for n in range((end - BY_DAY[stream] * DAY - begin).days + 1)}
        assert len(whole) > 2 or stream in {"channel_days", "video_days"}
        assert whole <= told, f"{stream}, {zone}: never told: {sorted(whole - told)}"


def _day(fact: Fact) -> date:
    return date.fromisoformat(fact[-1][:10])
