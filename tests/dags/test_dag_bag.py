"""What every DAG must look like, and what parsing them may cost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetAny, RetryAction

from dags.plan_watcher import PlanEdited
from ingest.registry import SOURCES

if TYPE_CHECKING:
    from airflow.sdk import DAG

ROOT = Path(__file__).resolve().parents[2]
DAG_IDS = {
    "ingest_bitly",
    "ingest_ecb",
    "ingest_ga4",
    "ingest_impact",
    "ingest_instagram",
    "ingest_instagram_stories",
    "ingest_shopify",
    "ingest_tiktok",
    "ingest_tiktok_business",
    "ingest_youtube",
    "ingest_youtube_analytics",
    "maintenance",
    "transform",
}
TAGS = {"ingest", "maintenance", "transform"}
HEAVY = {"dbt", "duckdb", "great_expectations", "numpy", "pandas", "aiohttp", "sandbox"}
# Of the CPU time that Airflow's own import takes, which differs: 1.1 to 3.3 s, ours 0.3 s.
PARSE_SHARE = 0.4
# One parse in a fresh interpreter: what it costs beside Airflow's own import, and what it imports.
PARSE = f"""
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
import airflow.triggers.base
imported = time.process_time()
before = {{name.partition(".")[0] for name in sys.modules}}
bag = DagBag({str(ROOT / "dags")!r})
share = (time.process_time() - imported) / imported
after = {{name.partition(".")[0] for name in sys.modules}}
json.dump([share, sorted(bag.dags), sorted(after - before)], open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


def all_tasks(bag: DagBag) -> list[object]:
    return [task for dag in bag.dags.values() for task in dag.tasks]


def test_the_bag_holds_exactly_these_dags(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert {*bag.dags} == DAG_IDS


def test_there_is_one_ingest_dag_for_every_source(bag: DagBag) -> None:
    assert {f"ingest_{name}" for name in SOURCES} == {*bag.dags} - {"maintenance", "transform"}


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_a_dag_says_when_it_runs_and_never_twice_at_once(bag: DagBag, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.start_date is not None
    assert dag.start_date.utcoffset().total_seconds() == 0
    assert dag.tags
    assert {*dag.tags} <= TAGS
    assert dag.doc_md


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_a_source_is_fetched_at_the_hour_its_numbers_settle(bag: DagBag, source: str) -> None:
    dag: DAG = bag.dags[f"ingest_{source}"]
    assert dag.schedule == SOURCES[source].schedule
    assert str(dag.timetable.timezone) == "UTC"  # type: ignore[attr-defined]
    assert dag.params["clock"] is None


def test_every_task_retries_by_the_kind_of_failure_and_not_for_ever(bag: DagBag) -> None:
    tasks = all_tasks(bag)
    assert tasks
    for task in tasks:
        assert task.retry_policy is not None
        decision = task.retry_policy.evaluate(ValueError("a fault of ours"), 1, task.retries)
        assert decision.action is RetryAction.FAIL
        assert 1 <= task.retries <= 10
        assert task.execution_timeout is not None


def test_only_the_writer_sits_in_the_one_slot_pool_and_fetches_do_not(bag: DagBag) -> None:
    pools = {dag_id: {task.pool for task in dag.tasks} for dag_id, dag in bag.dags.items()}
    assert pools.pop("transform") == pools.pop("maintenance") == {"duckdb_writer"}
    assert {pool for found in pools.values() for pool in found} == {"default_pool"}


def test_only_the_last_task_of_a_dag_owns_its_asset(bag: DagBag) -> None:
    owned = {}
    for dag_id, dag in bag.dags.items():
        for task in dag.tasks:
            if task.outlets:
                assert not task.downstream_task_ids
                owned[dag_id] = [asset.name for asset in task.outlets]
    expected = {f"ingest_{name}": [f"landing/{name}"] for name in SOURCES}
    assert owned == {**expected, "transform": ["marts"]}


def test_any_landed_source_or_an_edited_plan_starts_the_transform(bag: DagBag) -> None:
    condition = bag.dags["transform"].timetable.asset_condition  # type: ignore[attr-defined]
    assert isinstance(condition, AssetAny)
    assets = {asset.name: asset for asset in condition.objects}
    assert {*assets} == {*(f"landing/{name}" for name in SOURCES), "plan"}
    [watcher] = assets["plan"].watchers
    assert isinstance(watcher.trigger, PlanEdited)


def test_parsing_imports_nothing_heavy_and_is_quick(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    shares = []
    for _ in range(3):  # the first one may have to compile our modules, once for all parsings
        subprocess.run([sys.executable, "-c", PARSE, str(answer)], check=True, cwd=ROOT)
        share, dag_ids, imported = json.loads(answer.read_text())
        assert {*dag_ids} == DAG_IDS
        assert not HEAVY & {*imported}
        shares.append(share)
    assert min(shares) <= PARSE_SHARE
