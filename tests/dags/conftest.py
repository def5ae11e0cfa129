"""An Airflow and a brand of the tests' own: temporary homes, set before Airflow is imported."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from microlift.rehearsal import sandbox_settings
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World

# Airflow reads its configuration once, on import, and writes a file into its home: a test run must
# not see, or touch, the home of whoever runs it.
DAGS = Path(__file__).resolve().parents[2] / "dags"
_HOME = Path(tempfile.mkdtemp(prefix="microlift-airflow-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith(("AIRFLOW", "MICROLIFT"))]:
    del os.environ[_name]
os.environ.update(
    {
        "AIRFLOW_HOME": str(_HOME),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME}/airflow.db",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402 - after the environment
from airflow.models.asset import AssetEvent  # noqa: E402
from airflow.settings import Session  # noqa: E402
from sqlalchemy import select  # noqa: E402


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """The home of a migrated Airflow, made once."""
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return _HOME


class DagRuns:
    """Runs DAGs in this process and tells what became of them."""

    def test(self, dag_id: str, conf: dict[str, Any] | None = None) -> Any:
        """One run of the DAG, to its end."""
        bag = DagBag(str(DAGS / f"{dag_id.partition('_')[0]}.py"))
        return bag.dags[dag_id].test(run_conf=conf)

    def state_of_only_task(self, run: Any) -> str:
        """How the run's one task ended."""
        [task] = run.get_task_instances()
        return str(task.state)

    def events_of(self, run: Any) -> list[str]:
        """The names of the assets that the run has updated."""
        with Session() as session:
            query = select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)
            return [event.asset.name for event in session.scalars(query)]


@pytest.fixture(scope="session")
def dag_runs(airflow_home: Path) -> DagRuns:
    """A migrated Airflow to run DAGs in."""
    return DagRuns()


@pytest.fixture
def brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small brand with its vendors up and its settings in the environment; yields its home."""
    world = World(influencers=4, days=20)
    with serve(world) as vendors:
        write_plan(world, tmp_path / "plan")
        settings = sandbox_settings(tmp_path / "home", tmp_path / "plan", vendors.url)
        for name, value in settings.environment().items():
            monkeypatch.setenv(name, value)
        yield tmp_path / "home"
