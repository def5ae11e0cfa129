"""The README is true: its tables, its reading examples, its settings and its commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb
import pytest

from ingest.registry import SOURCES
from microlift.cli import main
from microlift.published import OF_DEMO
from microlift.scorecard import how_to_look, read_scorecard
from microlift.settings import OTHER_NAMES, PREFIX

if TYPE_CHECKING:
    from microlift.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _names(section: str) -> list[str]:
    """The first column of the table between the section's two comments."""
    _, _, rest = README.partition(f"<!-- {section} -->")
    table, end, _ = rest.partition(f"<!-- /{section} -->")
    assert end, f"the README has no table of {section}"
    return re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)


def test_the_table_of_sources_is_the_registry() -> None:
    assert _names("sources") == [*SOURCES, "plan"]


def test_the_table_of_dags_names_every_dag() -> None:
    written = {
        name
        for path in (ROOT / "dags").glob("*.py")
        for name in re.findall(r"DAG\(\s*f?\"([a-z_{}]+)\"", path.read_text(encoding="utf-8"))
    }
    expected = {f"ingest_{source}" for source in SOURCES}
    expected |= {name for name in written if "{" not in name}
    assert "transform" in expected
    assert {*_names("dags")} == expected


def test_the_table_of_marts_is_what_is_published(first_version: tuple[Settings, str]) -> None:
    current = first_version[0].home / "published" / "current.duckdb"
    with duckdb.connect(str(current), read_only=True) as con:
        published = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
    assert sorted(_names("marts")) == sorted(name for (name,) in published)


@pytest.mark.parametrize("number", [0, 1], ids=["pandas on Parquet", "read-only DuckDB"])
def test_the_reading_examples_run(
    number: int, first_version: tuple[Settings, str], capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[number]
    published = (first_version[0].home / "published").as_posix()
    assert "demo/data/published" in example
    exec(example.replace("demo/data/published", published), {})  # noqa: S102 - our own README
    printed = capsys.readouterr().out
    assert "roi_margin" in printed
    assert "cmp_0" in printed


def test_the_line_to_try_shows_all_that_it_asks_for(first_version: tuple[Settings, str]) -> None:
    line = how_to_look(read_scorecard(first_version[0].home)).partition("try:")[2].strip()
    assert line.partition(".sql(")[2] in README
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)  # noqa: S602 - a line for a shell
    for column in ("campaign_id", "name", "orders", "net_revenue", "cost", "roi_margin"):
        assert f" {column} " in done.stdout


def test_who_asks_why_is_told_first_where_the_demo_is_and_then_what_versions_there_are() -> None:
    block = README.partition("## Ask why")[2].partition("```\n")[2].partition("```")[0].splitlines()
    assert block[0].split("#")[0].strip() == f"export {OF_DEMO}"
    commands = [line.removeprefix(".venv/bin/microlift ").split()[0] for line in block[1:]]
    assert set(commands) <= {*main.commands}
    assert commands.index("versions") == commands.index("diff") - 1


def test_every_setting_beside_the_sources_is_in_the_readme() -> None:
    users = {*OTHER_NAMES} - {"WAREHOUSE"}  # set by our own commands alone
    missing = [name for name in sorted(users) if f"`{PREFIX}{name}`" not in README]
    assert not missing


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_json_help_and_an_example(name: str) -> None:
    command = main.commands[name]
    help_text = command.get_help(click.Context(command, info_name=name))
    assert "--json" in help_text
    assert f"microlift {name}" in help_text.split("Options:")[0] + help_text.split("Example")[-1]
    assert len((command.help or "").splitlines()[0]) > 20


def test_no_placeholder_is_left() -> None:
    assert "@@" not in README
