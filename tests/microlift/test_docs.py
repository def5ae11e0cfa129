"""The docs are true: commands parse, targets and links exist, tables are where they should be."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb
import pytest

from ingest.registry import SOURCES
from microlift.cli import main
from microlift.run_record import WRITER_POOL
from warehouse.restatement_causes import CAUSES

if TYPE_CHECKING:
    from microlift.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NAMED = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"]
PAGES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(NAMED)}
# What stands for something of the reader's own.
PLACEHOLDERS = {"BEFORE": "a", "AFTER": "b", "DIR": "d", "ID": "1", "...": ""}


def code(page: str) -> list[str]:
    """The lines of the page's indented and fenced blocks, and its `spans`; comments cut off."""
    text = PAGES[page]
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in fenced for line in block.splitlines()]
    lines += re.findall(r"^(?: {4}|\t)(.*)$", text, flags=re.MULTILINE)
    lines += re.findall(r"(?<!`)`([^`]+)`(?!`)", text)
    return [re.sub(r"\s+#.*", "", " ".join(line.split())) for line in lines]


def commands(page: str) -> list[list[str]]:
    """Every `microlift ...` of the page, as words after the program's name."""
    found = []
    for line in code(page):
        for part in re.split(r"&&|;|\|", line):
            match = re.match(r"\s*(?:\$ )?(?:\w+=\S+ )*(?:\S*/)?microlift ([a-z].*|--help)$", part)
            if match:
                found.append(shlex.split(match[1].rstrip(".,:")))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_parses(page: str) -> None:
    for words in commands(page):
        name, *rest = [PLACEHOLDERS.get(word, word) for word in words if word != "--help"] or [""]
        if not name:
            continue
        assert name in main.commands, f"{page}: microlift {name}"
        command = main.commands[name]
        context = click.Context(command, info_name=name, resilient_parsing=not rest)
        try:
            command.make_parser(context).parse_args([word for word in rest if word])
        except click.UsageError as error:
            raise AssertionError(f"{page}: microlift {' '.join(words)}: {error}") from error


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_that_a_page_names_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {*re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE)}
    named = {
        word
        for line in code(page)
        for match in re.findall(r"(?:^|\s|&& )make ((?:[a-z-]+ ?)+)", line)
        for word in match.split()
    }
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, f"{page}: {target}"


def test_every_file_that_contributing_names_exists() -> None:
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`", PAGES["CONTRIBUTING.md"])
    assert "dbt_project/macros/registry.sql" in named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_leads_to_every_page() -> None:
    linked = {*re.findall(r"\]\(([^)#]+)", PAGES["README.md"])}
    pages = {name for name in PAGES if re.fullmatch(r"docs/[^/]+\.md|[A-Z]+\.md", name)}
    assert pages - {"README.md"} <= linked


def test_tables_are_published_or_named_as_the_warehouses_own(
    first_version: tuple[Settings, str],
) -> None:
    """`dim_`, `fct_`, `rpt_`, `quality.` promise that a reader finds it; `int_`, `stg_` do not."""
    current = first_version[0].home / "published" / "current.duckdb"
    with duckdb.connect(str(current), read_only=True) as con:
        rows = con.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    published = {name for schema, name in rows if schema == "marts"}
    published |= {f"quality.{name}" for schema, name in rows if schema == "quality"}
    models = {path.stem for path in (ROOT / "dbt_project" / "models").glob("*/**/*.*")}
    for page, text in PAGES.items():
        readers = {*re.findall(r"`(?:marts\.)?((?:dim|fct|rpt)_[a-z_]+|quality\.[a-z_]+)`", text)}
        ours = {*re.findall(r"`((?:int|stg)_[a-z_]+)`", text)}
        assert readers - published == set(), page
        assert ours - models == set(), page


def test_who_brings_an_airflow_is_told_the_pool_and_every_way_to_give_a_credential() -> None:
    page = PAGES["docs/airflow.md"]
    assert f'airflow pools set {WRITER_POOL} 1 "single writer"' in page
    assert "`microlift_<source>`" in page
    ids = {f"ingest_{name}" for name in SOURCES} | {"transform", "maintenance"}
    (pattern,) = re.findall(r"--treat-dag-id-as-regex '([^']+)'", page)
    assert all(re.fullmatch(pattern, name) for name in ids)
    assert f"shows {len(ids)} DAGs" in page


def test_every_cause_of_a_restatement_is_explained() -> None:
    told = re.findall(r"^\| `(\w+)` \|", PAGES["docs/restatements.md"], flags=re.MULTILINE)
    assert told == [*CAUSES]


def test_what_every_mart_and_column_means_travels_with_the_file(
    first_version: tuple[Settings, str],
) -> None:
    current = first_version[0].home / "published" / "current.duckdb"
    with duckdb.connect(str(current), read_only=True) as con:
        silent = con.execute(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'marts' and coalesce(comment, '') = '' union all"
            " select table_name, '' from duckdb_tables()"
            " where schema_name = 'marts' and coalesce(comment, '') = '' union all"
            " select view_name, '' from duckdb_views()"
            " where schema_name = 'marts' and coalesce(comment, '') = ''"
        ).fetchall()
    assert silent == []
