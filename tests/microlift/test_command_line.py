"""The command line: help, exit codes, --json, init, doctor; one message and no traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from ingest.errors import Unauthorised
from ingest.registry import SOURCES
from microlift import doctor
from microlift.cli import main
from microlift.failures import forget_failure, note_failure
from microlift.plan.plan import read_plan
from microlift.rehearsal import sandbox_settings

if TYPE_CHECKING:
    from microlift.settings import Settings

Run = Callable[..., Any]
COMMANDS = {
    "accept", "build", "check", "demo", "diff", "doctor", "explain", "fetch", "init", "load",
    "publish", "purge", "replay", "report", "rollback", "run", "sandbox", "status", "versions",
}  # fmt: skip


NIGHT = datetime(2026, 8, 12, 12, tzinfo=UTC)


def test_these_are_the_commands() -> None:
    assert {*main.commands} == COMMANDS


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_json_and_help_with_an_example_that_parses(run: Run, name: str) -> None:
    answer = run(name, "--help")
    assert answer.exit_code == 0
    assert "--json" in answer.text
    command = main.commands[name]
    assert command.help
    example = re.sub(r"\s+", " ", command.epilog or "").removeprefix("Example: ")
    assert example.startswith(f"microlift {name}")
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', example)][2:]
    options = [option for p in command.params for option in p.opts]
    assert all(word in options for word in words if word.startswith("--"))
    command.parse_args(click.Context(command, resilient_parsing=True), words)


def test_the_list_of_commands_says_each_in_one_whole_line(run: Run) -> None:
    told = dict(
        line.split(maxsplit=1)
        for line in run("--help").text.partition("Commands:")[2].splitlines()
        if line.startswith("  ") and line.split()[0] in COMMANDS
    )
    assert {*told} == COMMANDS
    assert [name for name, summary in told.items() if not summary.endswith(".")] == []
    assert [name for name, summary in told.items() if "..." in summary] == []


def test_init_writes_a_plan_that_doctor_accepts(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "lumen"
    written = run("init", str(folder), "--json")
    assert written.exit_code == 0
    assert {Path(path).name for path in written.json["files"]} >= {"brand.yml", ".env.example"}
    assert read_plan(folder / "plan").counts()["influencers"] == 2
    env = {"MICROLIFT_HOME": str(tmp_path / "home"), "MICROLIFT_PLAN": str(folder / "plan")}
    looked = run("doctor", "--json", env=env)
    assert looked.exit_code == 0
    assert looked.json["ready"] is True
    notes = [f["mend"] for f in looked.json["findings"] if f["area"] == "credentials"]
    assert (
        "set MICROLIFT_SHOPIFY_SHOP and MICROLIFT_SHOPIFY_CLIENT_ID and"
        " MICROLIFT_SHOPIFY_CLIENT_SECRET (or MICROLIFT_SHOPIFY_TOKEN: docs/sources/shopify.md)"
    ) in notes
    assert not (tmp_path / "home").exists(), "doctor must change nothing"


def test_the_settings_that_init_writes_can_be_read(run: Run, tmp_path: Path) -> None:
    run("init", str(tmp_path))
    shell = "set -a; . ./.env.example; set +a; env"
    env = subprocess.run(
        ["/bin/sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=True, env={}
    ).stdout
    values = dict(line.split("=", 1) for line in env.splitlines() if line.startswith("MICROLIFT"))
    values |= {"MICROLIFT_PLAN": str(tmp_path / "plan"), "MICROLIFT_HOME": str(tmp_path / "data")}
    looked = run("doctor", "--json", env=values)
    assert looked.exit_code == 0
    assert not [f for f in looked.json["findings"] if f["area"] == "settings"]


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "costs.csv").write_text("mine")
    answer = run("init", str(tmp_path))
    assert answer.exit_code == 2
    assert "costs.csv exists: give another folder" in answer.errors
    assert (tmp_path / "plan" / "costs.csv").read_text() == "mine"
    assert not (tmp_path / ".env.example").exists()


def test_doctor_names_what_is_wrong_and_how_to_mend_it(
    run: Run, good_plan: Path, tmp_path: Path
) -> None:
    costs = good_plan / "costs.csv"
    costs.write_text(costs.read_text().replace("42.50", "much"))
    home = tmp_path / "home"
    home.mkdir()
    (home / "customer.key").write_text("k" * 64)
    (home / "customer.key").chmod(0o644)
    env = {
        "MICROLIFT_HOME": str(home),
        "MICROLIFT_PLAN": str(good_plan),
        "MICROLIFT_YOUTBE_TOKEN": "x",
    }
    answer = run("doctor", "--json", env=env)
    assert answer.exit_code == 2
    wrong = {(f["text"], f["mend"]) for f in answer.json["findings"] if f["level"] == "wrong"}
    assert wrong == {
        (
            "costs.csv:5: amount: 'much' is not an amount",
            "write digits with a point for decimals, such as 1250.50",
        ),
        (f"{home}/customer.key can be read by others", f"chmod 600 {home}/customer.key"),
        ("MICROLIFT_YOUTBE_TOKEN is not a setting", "did you mean MICROLIFT_YOUTUBE_TOKEN?"),
    }


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("YOUTUBE_QUOTA", "many", "is not a number of units a day: 'many'"),
        ("SHOPIFY_BULK_DAYS", "x", "is not a number of days: 'x'"),
        ("SHOPIFY_SHOP", "a.b", "is not the shop's name: 'a.b'"),
        ("GA4_PROPERTY", "G-ABC", "is not the number of a property: 'G-ABC'"),
        ("GA4_KEY_FILE", "/nowhere/key.json", "names a file that cannot be read"),
        ("IMPACT_CAMPAIGN", "spring", "is not the number of a campaign: 'spring'"),
        ("TIKTOK_BUSINESS_TOKEN", "abc", "holds no pair"),
        ("YOUTUBE_TOKEN", "a b", "holds a space or a character that no token has"),
        ("IMPACT_TOKEN", "token-of-impact", "is set, but not all that belongs to it"),
        ("YOUTBE_TOKEN", "t", "is not a setting"),
        ("CLOCK", "2026-13-01", "is not an instant ('2026-13-01')"),
    ],
)
def test_doctor_names_file_line_and_field_of_a_malformed_setting(
    run: Run, good_plan: Path, variable: str, value: str, said: str
) -> None:
    name = f"MICROLIFT_{variable}"
    (good_plan.parent / ".env").write_text(f"# settings\n\n{name}='{value}'\n")
    answer = run("doctor", "--json", env={"MICROLIFT_PLAN": str(good_plan), name: value})
    assert answer.exit_code == 2
    wrong = [f for f in answer.json["findings"] if f["level"] == "wrong"]
    assert any(f".env:3 {name} {said}" in f["text"] and f["mend"] for f in wrong), wrong


def test_doctor_says_which_settings_of_the_file_are_not_loaded(run: Run, good_plan: Path) -> None:
    (good_plan.parent / ".env").write_text("MICROLIFT_ECB_URL=https://x.example\nHOME = x\n")
    answer = run("doctor", "--json", env={"MICROLIFT_PLAN": str(good_plan)})
    wrong = [f["text"] for f in answer.json["findings"] if f["level"] == "wrong"]
    assert wrong == [
        ".env:1 MICROLIFT_ECB_URL is not loaded",
        ".env:2 is not NAME=value, without spaces around =",
    ]


@pytest.mark.parametrize("release", ["2.0.0", "1.5.1"])
def test_doctor_refuses_an_untested_duckdb(
    run: Run, good_plan: Path, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    real = doctor.version
    monkeypatch.setattr(doctor, "version", lambda p: release if p == "duckdb" else real(p))
    answer = run("doctor", "--json", env={"MICROLIFT_PLAN": str(good_plan)})
    assert answer.exit_code == 2
    (wrong,) = [f for f in answer.json["findings"] if f["level"] == "wrong"]
    assert wrong["text"].startswith(f"duckdb {release} is not tested")
    assert wrong["mend"] == 'pip install "duckdb>=1.5.5,<2"'


def airflow_has(slots: str | None, *connections: str) -> Callable[[str], list[dict[str, str]]]:
    pools = [{"pool": "duckdb_writer", "slots": slots}] if slots else []
    lists = {"pools": pools, "connections": [{"conn_id": one} for one in connections]}
    return lambda what: lists[what]


def test_doctor_looks_at_airflows_pool_and_connections(
    run: Run, good_plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"MICROLIFT_PLAN": str(good_plan), "MICROLIFT_HOME": str(tmp_path)}
    for slots, ready, said in (
        (None, False, "the pool duckdb_writer does not exist"),
        ("3", True, "the pool duckdb_writer has 3 slots, but one run at a time can write"),
        ("1", True, "the pool duckdb_writer exists"),
    ):
        held = airflow_has(slots, "microlift_bitly", "somebody_elses")
        monkeypatch.setattr(doctor, "_airflow_lists", held)
        looked = run("doctor", "--airflow", "--json", env=env).json
        assert looked["ready"] is ready
        texts = {finding["text"] for finding in looked["findings"]}
        assert said in texts
        assert "bitly has Airflow's Connection microlift_bitly, which was not looked into" in texts
        assert "impact is skipped: no credential" in texts
    monkeypatch.setattr(doctor, "_airflow_lists", lambda what: None)
    assert "airflow did not answer" in run("doctor", "--airflow", env=env).text


@pytest.mark.parametrize(
    ("arguments", "env", "message"),
    [
        (("fetch",), {"MICROLIFT_CLOCK": "noon"}, "MICROLIFT_CLOCK is not an instant"),
        (("fetch",), {}, "run `microlift init DIR` or set MICROLIFT_PLAN"),
        (("run", "--source", "myspace"), {}, "microlift init DIR"),
        (("report",), {}, "nothing is published in"),
        (("rollback", "yesterday"), {}, "no published version 'yesterday'"),
        (("fetch", "--from", "01.03.2026"), {}, "is not a day: write YYYY-MM-DD"),
        (("build", "--as-of", "noon"), {}, "is not an instant"),
        (("build", "--as-of", "2026-03-01T06:00:00Z"), {}, "nothing was loaded yet"),
        (("frobnicate",), {}, "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_use_is_one_message_and_a_code(
    run: Run,
    tmp_path: Path,
    arguments: tuple[str, ...],
    env: dict[str, str],
    message: str,
) -> None:
    places = {"MICROLIFT_HOME": str(tmp_path / "h"), "MICROLIFT_PLAN": str(tmp_path / "p")}
    answer = run(*arguments, env={**places, **env})
    assert answer.exit_code == 2
    assert message in re.sub(r"\s+", " ", answer.errors)
    assert "Traceback" not in answer.errors


def test_an_error_is_json_when_asked_for(run: Run, tmp_path: Path) -> None:
    answer = run("report", "--json", env={"MICROLIFT_HOME": str(tmp_path)})
    assert answer.exit_code == 2
    assert answer.json["exit_code"] == 2
    assert "nothing is published" in answer.json["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("frobnicate", "--json"), "No such command 'frobnicate'. (microlift --help says more)"),
        (("--json", "report"), "No such option"),
        (("report", "--colour", "--json"), "(microlift report --help says more)"),
        (("fetch", "--json", "--source"), "Option '--source' requires an argument."),
        (("rollback", "--json"), "Missing argument"),
        (("replay", "--json", "here"), "Directory 'here' does not exist"),
        (("build", "--json", "--as-of", "noon"), "is not an instant"),
        (("fetch", "--json", "--from", "01.03.2026"), "is not a day: write YYYY-MM-DD"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_options_are_json_when_json_is_asked_for(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 2
    assert answer.json["exit_code"] == 2
    assert message in answer.json["error"]
    assert answer.errors == ""


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_beside_json_is_still_help(run: Run, flag: str) -> None:
    answer = run(*(("report", "--json", flag) if flag == "--help" else (flag, "report", "--json")))
    assert answer.exit_code == 0
    assert "microlift" in answer.text


def test_an_unknown_source_is_wrong_use(run: Run, good_plan: Path, tmp_path: Path) -> None:
    env = {"MICROLIFT_HOME": str(tmp_path / "h"), "MICROLIFT_PLAN": str(good_plan)}
    answer = run("fetch", "--source", "myspace", env=env)
    assert answer.exit_code == 2
    assert f"no source myspace: there are {', '.join(SOURCES)}" in answer.errors


def test_status_says_in_words_what_each_source_lacks(run: Run, tmp_path: Path) -> None:
    env = {"MICROLIFT_HOME": str(tmp_path), "MICROLIFT_BITLY_TOKEN": "t"}
    note_failure(tmp_path, "ecb", datetime(2026, 3, 1, tzinfo=UTC), Unauthorised("its own words"))
    status = run("status", env=env)
    assert status.exit_code == 0
    told = {line.split()[0]: line.split() for line in status.text.splitlines() if line.split()}
    dash = "\N{EN DASH}"
    assert told["bitly"] == ["bitly", "0", dash, dash, "never", "read"]
    assert told["youtube"] == ["youtube", "0", dash, dash, "not", "set", "up"]
    assert "youtube: set MICROLIFT_YOUTUBE_TOKEN" in status.text
    assert "ecb: never read (last try failed: credential not accepted); no numbers" in (status.text)
    assert "its own words" not in status.text
    assert max(map(len, status.text.splitlines()[:14])) <= 80
    forget_failure(tmp_path, "ecb")
    assert "ecb, bitly: never read; no numbers" in run("status", env=env).text


def set_published(home: Path, told: dict[str, Any]) -> None:
    """A current version that is its manifest alone."""
    version = home / "published" / "versions" / "r"
    version.mkdir(parents=True)
    told = {"run_id": "r", "verdict": "passed", **told}
    (version / "manifest.json").write_text(json.dumps(told))
    (home / "published" / "current.json").write_text(json.dumps({"run_id": "r"}))
    (home / "published" / "current.duckdb").touch()


def test_status_knows_what_the_gate_refused_until_something_newer_is_there(
    run: Run, vendors: tuple[str, Path], tmp_path: Path
) -> None:
    url, plan_dir = vendors
    night = replace(sandbox_settings(tmp_path, plan_dir, url), clock=NIGHT)
    assert run("fetch", "--source", "ecb", env=night.environment()).exit_code == 0
    earlier = (NIGHT - timedelta(days=2)).isoformat()
    row = {
        "source": "ecb", "published_at": NIGHT.isoformat(), "last_observed_at": earlier,
        "days_covered": 3, "is_stale": True, "stale_because": "refused by the gate: rates",
    }  # fmt: skip
    set_published(tmp_path, {"published_at": NIGHT.isoformat(), "sources": [row]})

    def ecb(night: Settings) -> dict[str, Any]:
        told = run("status", "--json", env=night.environment()).json["sources"]
        return next(one for one in told if one["source"] == "ecb")

    one = ecb(night)
    assert (one["state"], one["is_stale"], one["is_unpublished"]) == ("2 days behind", True, True)
    assert one["reason"] == (
        "refused by the gate: rates; numbers are as of the last accepted reading"
    )
    note_failure(tmp_path, "ecb", NIGHT, Unauthorised("its own words"))
    assert ecb(night)["reason"].startswith("last try failed: ")
    forget_failure(tmp_path, "ecb")
    later = replace(night, clock=NIGHT + timedelta(days=1))
    assert run("fetch", "--source", "ecb", env=later.environment()).exit_code == 0
    assert (ecb(later)["state"], ecb(later)["reason"]) == ("fresh", None)


def test_a_demos_home_stands_still_and_each_reason_is_said_once(
    run: Run, vendors: tuple[str, Path], tmp_path: Path
) -> None:
    url, plan_dir = vendors
    night = replace(sandbox_settings(tmp_path, plan_dir, url), clock=NIGHT)
    for source in ("ecb", "bitly"):
        assert run("fetch", "--source", source, env=night.environment()).exit_code == 0
    set_published(tmp_path, {"published_at": NIGHT.isoformat(), "is_simulated": True})
    now = replace(night, clock=None).environment()
    states = {
        one["source"]: one["state"] for one in run("status", "--json", env=now).json["sources"]
    }
    assert (states["ecb"], states["bitly"]) == ("fresh", "fresh")
    assert "simulated clock: ages are those of 2026-08-12 12:00" in run("status", env=now).text
    later = replace(night, clock=NIGHT + timedelta(days=25)).environment()
    text = run("status", env=later).text
    assert text.count("25 days behind") == 2
    assert "ecb, bitly: not read for 36 hours; numbers are as of the last reading" in text


def test_status_and_versions_speak_of_an_empty_home(run: Run, tmp_path: Path) -> None:
    env = {"MICROLIFT_HOME": str(tmp_path / "h")}
    status = run("status", "--json", env=env)
    assert status.exit_code == 0
    assert status.json["version"] is None
    assert {s["source"]: s["covered_until"] for s in status.json["sources"]}["ecb"] is None
    assert run("versions", "--json", env=env).json == {"versions": []}
    assert "nothing is published yet" in run("versions", env=env).text
    assert not (tmp_path / "h").exists()


def test_the_program_starts_quickly_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, microlift.cli;"
        "print(sorted({'dbt','duckdb','great_expectations','pandas','airflow'} & {*sys.modules}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert answer.stdout.strip() == "[]"
