"""The transform DAG, run by Airflow in this process over what real fetches have landed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from microlift.published import is_published
from microlift.settings import read_settings
from sandbox.plan_files import write_plan
from sandbox.world import World

# One worker migrates one Airflow.
pytestmark = pytest.mark.xdist_group("airflow")

CLOCK = "2026-08-16T12:00:00Z"


def current(brand: Path) -> tuple[str, int]:
    """The current version's name and the inode of its file."""
    note = (brand / "published" / "current.json").read_text()
    return note, (brand / "published" / "current.duckdb").stat().st_ino


def test_the_transform_publishes_and_a_refused_gate_emits_nothing(
    dag_runs: Any, brand: Path
) -> None:
    for source in ("youtube", "instagram", "shopify", "ecb"):
        dag_runs.test(f"ingest_{source}", {"clock": CLOCK})
    assert not is_published(read_settings())

    first = dag_runs.test("transform")
    assert dag_runs.state_of_only_task(first) == "success"
    assert dag_runs.events_of(first) == ["marts"]
    assert is_published(read_settings())
    published = current(brand)

    # A plan of which most is gone: the marts would lose most of their rows.
    plan = read_settings().plan_dir
    shutil.rmtree(plan)
    write_plan(World(influencers=2, days=20, seed=8), plan)
    second = dag_runs.test("transform")
    assert dag_runs.state_of_only_task(second) == "failed"
    assert dag_runs.events_of(second) == []
    assert current(brand) == published
    assert not is_published(read_settings())
