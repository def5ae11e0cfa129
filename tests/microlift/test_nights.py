"""Whole nights against the sandbox: real HTTP, real dbt, real gates, a real published file."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.landing import Landing
from ingest.registry import SOURCES
from microlift import dbt_run
from microlift.settings import Secret, Settings, SourceSettings
from warehouse.fingerprint import fingerprint
from warehouse.lock import writer_lock
from warehouse.versions import current_run_id, versions

Run = Callable[..., Any]
CANARY = "canary-5f1d-token"


def tomorrow(settings: Settings) -> Settings:
    assert settings.clock is not None
    return replace(settings, clock=settings.clock + timedelta(days=1))


def marts(home: Path) -> dict[str, str]:
    return fingerprint(home / "published" / "current.duckdb")


def by_source(answer: Any) -> dict[str, str]:
    return {one["source"]: one["status"] for one in answer.json["sources"]}


def test_a_night_run_twice_changes_nothing_but_its_stamps(home: Settings, run: Run) -> None:
    env = tomorrow(home).environment()
    first = run("run", "--json", env=env)
    assert first.exit_code == 0, first.text
    assert {*by_source(first).values()} == {"fetched"}
    before = marts(home.home)
    second = run("run", "--json", env=env)
    assert second.exit_code == 0
    # Stories are asked for anew each time; at the same instant that is the same fetch.
    asked_anew = {name for name, source in SOURCES.items() if source.is_always_new}
    assert {n for n, status in by_source(second).items() if status != "covered"} == asked_anew
    assert second.json["rows"] == 0
    assert second.json["run_id"] == current_run_id(home.home) != first.json["run_id"]
    after = marts(home.home)
    assert {name for name in after if after[name] != before[name]} <= {"publication"}
    # The same days asked once more by hand give the same pages at the same instant: one fetch.
    (since,) = {s["window"]["since"] for s in first.json["sources"] if s["source"] == "ecb"}
    again = run("fetch", "--again", "--source", "ecb", "--from", since, "--json", env=env)
    assert by_source(again) == {"ecb": "fetched"}
    assert run("load", "--json", env=env).json["fetches"] == []


def test_a_wrong_token_costs_one_source_and_exits_1(
    home: Settings, run: Run, tmp_path: Path
) -> None:
    sources = dict(home.sources)
    sources["instagram"] = replace(sources["instagram"], secrets={"token": Secret(CANARY)})
    sources["youtube"] = SourceSettings("youtube", sources["youtube"].url)
    night = tomorrow(replace(home, sources=sources))
    answer = run("run", env=night.environment())
    assert answer.exit_code == 1
    assert "instagram: failed" in answer.text
    assert "youtube: skipped, set MICROLIFT_YOUTUBE_TOKEN" in answer.text
    assert "shopify: fetched" in answer.text
    assert current_run_id(home.home) in answer.text
    # Readers see which source is missing, since when and why; one not set up is merely old.
    with duckdb.connect(str(home.home / "published" / "current.duckdb"), read_only=True) as con:
        missing = con.execute(
            "select source, days_behind, is_stale, stale_because from marts.publication"
            " where days_behind > 0 and source <> 'plan' order by source"
        ).fetchall()
    refused = "last try failed: credential not accepted"
    assert missing == [
        ("instagram", 1, True, refused),
        ("instagram_stories", 1, True, refused),
        ("youtube", 1, False, None),
    ]
    assert f"instagram: last seen {home.now():%Y-%m-%d %H:%M}, 1 day behind ({refused})" in (
        answer.text
    )
    # The canary token appears nowhere: not on the screen, in no file, compressed or not.
    debug = run("fetch", "--debug", "--source", "instagram", env=night.environment())
    assert debug.exit_code == 1
    assert CANARY not in answer.text + answer.errors + debug.text + debug.errors
    for path in [p for p in home.home.rglob("*") if p.is_file()]:
        assert CANARY.encode() not in path.read_bytes(), path


def test_a_refusing_gate_exits_3_and_readers_keep_what_they_had(home: Settings, run: Run) -> None:
    version = current_run_id(home.home)
    before = (home.home / "published" / "current.duckdb").read_bytes()
    for name in ("collaborations", "costs", "codes", "links", "posts"):
        path = home.plan_dir / f"{name}.csv"
        path.write_text(path.read_text().splitlines()[0] + "\n")
    answer = run("run", "--source", "ecb", env=tomorrow(home).environment())
    assert answer.exit_code == 3
    assert "the marts were refused, readers keep what they had" in answer.errors
    assert "rows_kept" in answer.errors
    assert current_run_id(home.home) == version
    assert (home.home / "published" / "current.duckdb").read_bytes() == before
    with duckdb.connect(str(home.home / "warehouse.duckdb"), read_only=True) as con:
        runs = con.execute("select command, status from ops.runs order by started_at").fetchall()
    assert runs[-1] == ("run", "refused")


def test_a_broken_plan_is_refused_and_the_last_one_is_used(home: Settings, run: Run) -> None:
    costs = home.plan_dir / "costs.csv"
    costs.write_text(costs.read_text().replace("EUR", "Euro", 1))
    env = tomorrow(home).environment()
    answer = run("fetch", "--source", "youtube", "--json", env=env)
    assert answer.exit_code == 1
    (problem,) = answer.json["plan_problems"]
    assert (problem["file"], problem["field"]) == ("costs.csv", "currency_code")
    assert by_source(answer) == {"youtube": "fetched"}
    said = run("fetch", "--source", "youtube", env=env)
    assert "going on with the plan that was landed last" in said.text
    assert "youtube: covered" in said.text
    landed = [json.loads(p.read_bytes()) for p in home.home.glob("landing/*/*/manifest.json")]
    assert len({m["plan_hash"] for m in landed}) == 1


def test_another_run_locks_us_out_with_4(home: Settings, run: Run) -> None:
    code = (
        "import sys, time; from pathlib import Path; from warehouse.lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(home.home)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        answer = run("load", "--json", env=home.environment())
        assert answer.exit_code == 4
        assert f"locked by process {holder.pid}" in answer.json["error"]
    finally:
        holder.kill()
        holder.wait()
    with writer_lock(home.home):
        pass  # a killed holder leaves no lock


def test_a_failing_model_is_named_and_nothing_is_published(
    home: Settings, run: Run, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    project = tmp_path / "dbt_project"
    shutil.copytree(dbt_run.PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    model = project / "models" / "marts" / "dim_campaigns.sql"
    model.write_text(model.read_text() + "\nwhere no_such_column")
    monkeypatch.setattr(dbt_run, "PROJECT", project)
    version = current_run_id(home.home)
    answer = run("build", env=home.environment())
    assert answer.exit_code == 1
    assert "dim_campaigns: " in answer.errors
    assert "no_such_column" in answer.errors
    assert current_run_id(home.home) == version


def test_the_past_is_built_into_a_file_of_its_own(home: Settings, run: Run) -> None:
    assert home.clock is not None
    instant = home.clock - timedelta(days=10)
    version = current_run_id(home.home)
    answer = run("build", "--as-of", instant.isoformat(), "--json", env=home.environment())
    assert answer.exit_code == 0, answer.text
    with duckdb.connect(answer.json["file"], read_only=True) as con:
        ((last_day,),) = con.execute(
            "select max(date_day) from marts.fct_post_engagement_daily"
        ).fetchall()
        ((stamp,),) = con.execute("select max(as_of) from marts.publication").fetchall()
    assert last_day == instant.date()
    assert stamp == instant
    assert current_run_id(home.home) == version
    assert [p.suffix for p in (home.home / "as_of").iterdir()] == [".duckdb"]


def test_versions_roll_back_and_the_report_follows(home: Settings, run: Run) -> None:
    env = home.environment()
    old = current_run_id(home.home)
    published = run("publish", "--json", env=env)
    assert published.exit_code == 0, published.text
    assert next(v.run_id for v in versions(home.home)) == published.json["run_id"]
    listed = run("versions", "--json", env=env).json["versions"]
    assert {v["run_id"]: v["is_current"] for v in listed} == {
        old: False,
        published.json["run_id"]: True,
    }
    assert run("rollback", str(old), env=env).exit_code == 0
    report = run("report", "--json", env=env)
    assert report.json["run_id"] == old
    assert len(report.json["influencers"]) == 8
    shown = run("report", "--all", env=env).text
    assert "margin" in shown
    assert "current.duckdb" in shown
    status = run("status", "--json", env=env)
    assert status.json["version"] == old
    assert all(source["fetches"] for source in status.json["sources"])
    problems = {source["source"]: source["problems"] for source in status.json["sources"]}
    newest = {name: Landing(home.home / "landing").fetches(name)[-1] for name in problems}
    assert problems == {name: len(fetch.problems) for name, fetch in newest.items()}
    assert any(problems.values())


def test_accepting_what_was_not_refused_is_wrong_use(home: Settings, run: Run) -> None:
    answer = run("accept", "20260101T000000000000Z-12345678", "--why", "x", env=home.environment())
    assert answer.exit_code == 2
    assert "no refused stream" in answer.errors


def test_the_ledger_knows_every_step(first_version: tuple[Settings, str]) -> None:
    settings, run_id = first_version
    shutil.copy(settings.home / "warehouse.duckdb", copy := settings.home / "copy.duckdb")
    with duckdb.connect(str(copy), read_only=True) as con:
        steps = con.execute(
            "select step, status from ops.steps where run_id = $run_id order by started_at",
            {"run_id": run_id},
        ).fetchall()
        ((detail,),) = con.execute(
            "select detail from ops.runs where run_id = $run_id", {"run_id": run_id}
        ).fetchall()
    copy.unlink()
    assert steps == [(step, "done") for step in ("load", "build", "check", "publish")]
    assert json.loads(detail)["verdict"] in ("passed", "warned")


@pytest.fixture(autouse=True)
def quiet_logs() -> None:
    """Commands set up logging for their process; tests share one."""
    logging.getLogger().handlers = []
