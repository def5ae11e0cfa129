"""`microlift purge`: who may be kept is read from the plan, for how long from vendor and brand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.job import FetchJob
from ingest.landing import Landing
from ingest.page import Page
from ingest.registry import SOURCES
from microlift.plan.plan import read_plan
from microlift.retention import rules
from warehouse.lock import writer_lock

Run = Callable[..., Any]
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
AVA, MILO = "UCexampleexampleexample1", "UCexampleexampleexample2"


def edit(plan: Path, name: str, old: str, new: str) -> None:
    text = (plan / name).read_text(encoding="utf-8")
    assert old in text
    (plan / name).write_text(text.replace(old, new), encoding="utf-8")


def page(items: list[dict[str, Any]], at: datetime) -> Page:
    return Page(200, {}, json.dumps({"items": items}).encode(), {}, at, {"method": "GET"})


def kept(plan: Path) -> dict[str, tuple[int, frozenset[str]]]:
    found = rules(read_plan(plan), NOW)
    return {rule.source: (rule.keep_days, rule.kept_accounts) for rule in found}


@pytest.fixture
def env(good_plan: Path, tmp_path: Path) -> dict[str, str]:
    """A home with three nights of two channels, of which the plan says that one authorised."""
    edit(good_plan, "accounts.csv", "avaglow,false", "avaglow,true")
    landing = Landing(tmp_path / "home" / "landing")
    for days in (40, 31, 2):
        at = NOW - timedelta(days=days)
        channels = [{"id": account, "statistics": {}} for account in (AVA, MILO)]
        uploads = [{"contentDetails": {"videoId": "v"}}]
        job = FetchJob(at.date(), at.date(), at)
        with landing.begin(SOURCES["youtube"], job, "plan", True) as writer:
            writer.write("channels", page(channels, at), {"requested_ids": [AVA, MILO]})
            writer.write("playlist_items", page(uploads, at), {"account_id": AVA})
    return {
        "MICROLIFT_HOME": str(tmp_path / "home"),
        "MICROLIFT_PLAN": str(good_plan),
        "MICROLIFT_CLOCK": NOW.isoformat(),
    }


def test_youtube_may_keep_30_days_and_nobody_else_has_a_limit(good_plan: Path) -> None:
    assert kept(good_plan) == {"youtube": (30, frozenset())}


def test_the_brand_may_say_another_number_of_days(good_plan: Path) -> None:
    edit(good_plan, "brand.yml", "# retention: {youtube: 30}", "retention: {youtube: 7}")
    assert kept(good_plan) == {"youtube": (7, frozenset())}


@pytest.mark.parametrize(
    ("rows", "is_kept"),
    [
        (["true,2026-01-01,2026-03-31"], True),
        (["true,2026-01-01,2026-03-31", "false,2026-04-01,"], False),
        (["false,2026-01-01,2026-03-31", "true,2026-04-01,"], True),
        (["false,2026-01-01,2026-06-30", "true,2026-07-01,"], False),
    ],
    ids=["the deal ended", "revoked", "authorised later", "will authorise"],
)
def test_what_the_plan_says_last_of_an_account_counts(
    good_plan: Path, rows: list[str], is_kept: bool
) -> None:
    lines = "\n".join(f"ava,youtube,{AVA},avaglow,{row}" for row in rows)
    edit(good_plan, "accounts.csv", f"ava,youtube,{AVA},avaglow,false,2026-01-01,", lines)
    assert kept(good_plan)["youtube"][1] == ({AVA} if is_kept else set())


def test_purge_says_what_goes_does_it_and_has_nothing_left_to_do(
    run: Run, env: dict[str, str]
) -> None:
    assert run("load", env=env).exit_code == 0
    dry = run("purge", "--dry-run", "--json", env=env).json
    assert dry["is_dry"] is True
    done = run("purge", "--json", env=env)
    assert done.exit_code == 0
    assert done.json["purged"] == dry["purged"]
    [channels] = done.json["purged"]
    told = {name: channels[name] for name in ("source", "stream", "rows", "fetches", "rule")}
    assert told == {
        "source": "youtube",
        "stream": "channels",
        "rows": 2,
        "fetches": 2,
        "rule": "accounts without authorisation: 30 days",
    }
    again = run("purge", env=env)
    assert (again.exit_code, again.text) == (0, "nothing to delete\n")


def test_purge_loads_first_so_that_what_may_be_kept_is_kept(
    run: Run, env: dict[str, str], tmp_path: Path
) -> None:
    assert run("purge", env=env).exit_code == 0
    loaded = run("load", "--json", env=env).json
    assert (loaded["fetches"], loaded["refused"]) == ([], [])
    files = sorted(path.name for path in tmp_path.glob("home/landing/youtube/*/*.zst"))
    assert files == ["channels.json.zst", *["playlist_items.json.zst"] * 3]


def test_a_clock_in_the_future_deletes_nothing_young(run: Run, env: dict[str, str]) -> None:
    far = datetime.now(UTC) + timedelta(days=365)
    limit = run("purge", "--json", env=env | {"MICROLIFT_CLOCK": far.isoformat()}).json
    older_than = datetime.fromisoformat(limit["purged"][0]["older_than"])
    assert older_than < datetime.now(UTC) - timedelta(days=22)


def test_purge_waits_for_no_other_writer(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    with writer_lock(tmp_path / "home"):
        assert run("purge", env=env).exit_code == 4
