"""Nights that append what is new, and between them everything that forbids it.

The marts are always those of a full rebuild, in every row and column.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from microlift import dbt_run, steps
from microlift.plan.plan import read_plan
from microlift.rehearsal import WorldSize, night_of, publish_history, sandbox_settings
from microlift.run_record import new_run_id
from warehouse.builds import Scope
from warehouse.db import FILE_NAME, connect
from warehouse.fingerprint import differing, fingerprints

if TYPE_CHECKING:
    from microlift.settings import Settings

Run = Callable[..., Any]
FIRST_NIGHTS = 20
APPENDED = re.compile(r"\d+ new fetch(es)?")
RESTATED = """
select account_id, date_day, metric
from staging.stg_youtube_analytics__channel_days
group by all
having count(distinct metric_value) > 1
"""
REFUNDED = """
select order_id
from staging.stg_shopify__orders
group by all
having count(distinct to_json(refunds)) > 1
"""


class Nights:
    """The nights of a home after its history, each fetched, loaded and built."""

    def __init__(self, settings: Settings, last_day: date) -> None:
        self.settings = night_of(settings, last_day)
        self._base, self._last_day = settings, last_day
        self._late: dict[Path, Path] = {}

    def fetch(self, nights: int = 1, late: tuple[str, ...] = ()) -> None:
        """Go on by so many nights; what came is loaded, but for the fetches of `late` sources."""
        self._last_day += timedelta(days=nights)
        self.settings = night_of(self._base, self._last_day)
        steps.fetch(self.settings, read_plan(self.settings.plan_dir))
        for source in late:
            folder = max((self.settings.home / "landing" / source).iterdir())
            self._late[folder] = self.settings.home / "late" / source
            self._late[folder].parent.mkdir(exist_ok=True)
            folder.rename(self._late[folder])
        self._load()

    def arrive(self) -> None:
        """What was late is there."""
        for folder, kept in self._late.items():
            kept.rename(folder)
        self._late.clear()
        self._load()

    def _load(self) -> None:
        assert not steps.load(self.settings, new_run_id()).refused

    def build(self) -> str:
        """What the build covered and why."""
        return steps.build(self.settings, new_run_id()).scope

    def sql(self, sql: str) -> list[tuple[Any, ...]]:
        with connect(self.settings.home) as con:
            return con.execute(sql).fetchall()

    def differences(self, scratch: Path) -> list[str]:
        """Tables that are not what a full rebuild of the same raw makes of them."""
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        home = self.settings.home
        shutil.copyfile(home / FILE_NAME, scratch / FILE_NAME)
        dbt_run.run_dbt(scratch, home / "dbt", Scope(True, "to compare"))
        return differing(fingerprints(home / FILE_NAME), fingerprints(scratch / FILE_NAME))

    def kill_a_build(self) -> None:
        """Begin a build in a process of its own and kill it once models have been built."""
        begun = self.settings.home / "dbt" / "target" / "run" / "microlift" / "models"
        shutil.rmtree(begun, ignore_errors=True)
        build = subprocess.Popen(
            [sys.executable, "-m", "microlift", "build"],
            env={**os.environ, **self.settings.environment()},
            stdout=subprocess.DEVNULL,
        )
        while not any(begun.glob("intermediate/*")):  # what they read has been staged
            assert build.poll() is None, "the build ended before it could be killed"
            time.sleep(0.05)
        os.kill(build.pid, signal.SIGKILL)
        assert build.wait() == -signal.SIGKILL


def edit(path: Path, old: str, new: str) -> None:
    text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
    assert count
    path.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_any_row_of_nights_ends_in_the_marts_of_a_full_rebuild(
    vendors: tuple[str, Path], tmp_path: Path, run: Run
) -> None:
    url, plan_dir = vendors
    shutil.copytree(plan_dir, tmp_path / "plan")
    settings = sandbox_settings(tmp_path / "data", tmp_path / "plan", url)
    size = WorldSize(influencers=8, days=40)
    last_day = size.first_day + timedelta(days=FIRST_NIGHTS - 1)
    first = publish_history(settings, size.first_day, last_day)
    assert first.build.scope == "full, there is no earlier build"
    nights = Nights(settings, last_day)

    # A night, a night that was missed, and the night after it, which restates days.
    nights.fetch()
    assert APPENDED.fullmatch(nights.build())
    nights.fetch(nights=2)
    assert APPENDED.fullmatch(nights.build())
    assert nights.differences(tmp_path / "full") == []
    assert len(nights.sql(RESTATED)) > 0
    assert len(nights.sql(REFUNDED)) > 0

    # Fetches that come when later ones have been built: counters, and figures the vendor dates.
    nights.fetch(late=("youtube", "instagram", "tiktok_business", "shopify"))
    assert APPENDED.fullmatch(nights.build())
    nights.fetch()
    assert APPENDED.fullmatch(nights.build())
    nights.arrive()
    assert nights.build() == "4 new fetches"
    assert nights.differences(tmp_path / "full") == []

    # Another plan, by which an account may not be stored for long.
    edit(settings.plan_dir / "brand.yml", r"retention: \{\}", "retention: {youtube: 7}")
    edit(settings.plan_dir / "accounts.csv", r"(inf_\w+,youtube,.*),true,,\n", r"\1,false,,\n")
    nights.fetch()
    assert nights.build() == "full, the plan changed"

    # A stream that the gate refuses stays out, until a person lets it in.
    nights.fetch()
    ((refused,),) = nights.sql(
        "update raw.fetch_streams set status = 'refused', reason = 'too few'"
        " where source = 'tiktok' and stream = 'videos'"
        " and fetch_id = (select max(fetch_id) from raw.fetches where source = 'tiktok')"
        " returning fetch_id"
    )
    assert APPENDED.fullmatch(nights.build())
    environment = nights.settings.environment()
    assert run("accept", refused, "--why", "a quiet day", env=environment).exit_code == 0
    assert nights.build() == "full, the verdict on an earlier fetch changed"
    nights.fetch()
    assert APPENDED.fullmatch(nights.build())
    assert nights.differences(tmp_path / "full") == []

    # What may be kept no longer is deleted; an earlier instant is looked at, in a copy.
    assert "nothing" not in run("purge", env=environment).text
    assert nights.build() == "full, rows of raw were deleted"
    instant = f"{size.first_day + timedelta(days=10)}T12:00:00Z"
    assert run("build", "--as-of", instant, env=environment).exit_code == 0
    nights.fetch()
    assert APPENDED.fullmatch(nights.build())
    assert nights.differences(tmp_path / "full") == []

    # A build that is killed after it has appended.
    nights.fetch()
    nights.kill_a_build()
    assert nights.build() == "full, the last build did not finish"
    nights.fetch()
    assert APPENDED.fullmatch(nights.build())
    assert nights.differences(tmp_path / "full") == []
    assert nights.build() == "0 new fetches"
    assert run("build", "--full", "--json", env=environment).json["scope"] == "full, asked for"
