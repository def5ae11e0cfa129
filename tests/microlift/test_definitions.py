"""Do the models mean something else than yesterday? What makes the next build a full one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from microlift.dbt_run import PROJECT, definitions


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's own files, to be edited."""
    return Path(shutil.copytree(PROJECT, tmp_path / "dbt_project"))


def edit(project: Path, name: str, before: str, after: str) -> None:
    file = project / name
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("models/marts/fct_order_credits.sql", "from final", "from final where true"),
        ("models/intermediate/int_removal_effects.py", "import", "import math\nimport"),
        ("macros/attribution.sql", "-%} 90 {%-", "-%} 91 {%-"),
        ("materializations/in_place.sql", "{%", "{# #}{%"),
        ("seeds/evidence_types.csv", "survey,5", "survey,6"),
        ("seeds/_seeds.yml", "precedence: integer", "precedence: bigint"),
        ("models/staging/_sources.yml", "schema: raw", "schema: raw2"),
        ("models/marts/_facts.yml", "data_type: varchar", "data_type: text"),
        ("models/marts/_facts.yml", "models:\n", "models:\n  - {name: x, config: {enabled: no}}\n"),
        ("dbt_project.yml", "+materialized: table", "+materialized: view"),
        ("dbt_project.yml", "as_of: null", "as_of: 2026-01-01"),
        ("profiles.yml", "TimeZone: UTC", "TimeZone: Europe/Berlin"),
    ],
)
def test_whatever_changes_data_changes_the_definitions(
    project: Path, name: str, before: str, after: str
) -> None:
    was = definitions(project)
    edit(project, name, before, after)
    assert definitions(project) != was


def test_a_file_that_comes_goes_or_moves_changes_the_definitions(project: Path) -> None:
    was = definitions(project)
    seed = project / "seeds" / "evidence_types.csv"
    moved = seed.rename(seed.with_name("evidence.csv"))
    renamed = definitions(project)
    moved.unlink()
    assert len({was, renamed, definitions(project)}) == 3


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("models/marts/_facts.yml", "description: >\n", "description: >\n      Better said.\n"),
        ("models/marts/_metrics.md", "{% docs ", "A word. {% docs "),
        ("models/marts/_unit_tests.yml", "unit_tests:\n", "unit_tests:\n  # of the marts\n"),
        ("models/marts/_facts.yml", "- unique_combination:", "- not_there:"),
        ("models/marts/_exposures.yml", "name: scorecard", "name: card"),
        ("tests/assert_costs_reconcile.sql", "lines_unread = 0", "lines_unread < 1"),
    ],
)
def test_what_only_describes_or_judges_makes_no_full_build(
    project: Path, name: str, before: str, after: str
) -> None:
    was = definitions(project)
    edit(project, name, before, after)
    assert definitions(project) == was
