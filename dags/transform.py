"""### Transform

Landing to published: load, raw gate, build, marts gate, publish. Started by any updated
`landing/<source>` and by an edited plan; what arrives while it runs is taken together by the next
run, and an event that brings nothing new is skipped. A refused gate fails the run: the asset
`marts` is then not updated, so nothing downstream starts, and readers keep what they had.

The steps share one task because they share the writer's lock: between the marts that were judged
and their publication nobody else can write. It also imports dbt and Great Expectations once.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import DAG, Asset, AssetAny, AssetWatcher, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.connections import settings_for
from dags.plan_watcher import PlanEdited
from dags.retries import WRITER_RETRY_POLICY
from ingest.registry import SOURCES
from microlift.run_record import WRITER_POOL
from microlift.settings import read_settings

if TYPE_CHECKING:
    from airflow.sdk.types import DagRunProtocol

log = logging.getLogger(__name__)

# A run that somebody starts by hand always builds.
BY_EVENT = "asset_triggered"
PLAN_LOOK_SECONDS = 10.0
MARTS = Asset("marts")
LANDED = [Asset(f"landing/{name}") for name in SOURCES]
PLAN = Asset(
    "plan",
    watchers=[
        AssetWatcher(
            name="plan_folder",
            trigger=PlanEdited(str(read_settings().plan_dir), PLAN_LOOK_SECONDS),
        )
    ],
)

with DAG(
    "transform",
    doc_md=__doc__,
    schedule=AssetAny(*LANDED, PLAN),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["transform"],
):

    @task(
        pool=WRITER_POOL,
        outlets=[MARTS],
        retries=10,
        retry_policy=WRITER_RETRY_POLICY,
        execution_timeout=timedelta(hours=2),
    )
    def load_build_check_publish(dag_run: DagRunProtocol) -> str:
        """Publish what the landing zone and the plan hold; returns the version."""
        from microlift import night, published, run_record, steps  # noqa: PLC0415 - not at parse

        # All of them: a version says of every source that is set up whether it could be read.
        settings = settings_for(*{source.settings_name for source in SOURCES.values()})
        plan, _ = steps.current_plan(settings, log.error)
        steps.land_plan(settings, plan)
        if dag_run.run_type == BY_EVENT and published.is_published(settings):
            raise AirflowSkipException("all that was fetched has been published already")
        return night.transform(settings, run_record.new_run_id()).run_id

    load_build_check_publish()
