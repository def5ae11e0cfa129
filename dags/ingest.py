"""### Ingest

Fetch one vendor's pages into the landing zone: one DAG a source, at the hour its numbers settle.
A source without its credential is skipped. Success updates the asset `landing/<source>`, which
wakes `transform`; what has been fetched is read from the landing zone itself.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.connections import settings_for
from dags.retries import VendorRetryPolicy
from ingest.registry import SOURCES

log = logging.getLogger(__name__)

CLOCK = Param(
    None,
    type=["null", "string"],
    format="date-time",
    description="An ISO instant that stands for now, in rehearsals; empty for the real one.",
)


def fetch(source: str, params: dict[str, Any]) -> str:
    """Fetch one source up to now; returns the id of the fetch."""
    from microlift import steps  # noqa: PLC0415 - not while parsing

    settings = settings_for(SOURCES[source].settings_name, clock=params["clock"])
    plan, _ = steps.current_plan(settings, log.error)
    [result] = steps.fetch(settings, plan, sources=[source]).sources
    if result.status == "skipped":
        raise AirflowSkipException(result.message)
    if result.error is not None:
        raise result.error
    return str(result.fetch_id)


for name, source in SOURCES.items():
    with DAG(
        f"ingest_{name}",
        doc_md=__doc__,
        schedule=source.schedule,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        params={"clock": CLOCK},
        tags=["ingest"],
    ):
        task(
            fetch,
            outlets=[Asset(f"landing/{name}")],
            retries=3,
            retry_delay=timedelta(minutes=10),
            retry_policy=VendorRetryPolicy(),
            execution_timeout=timedelta(hours=2),
        )(name)
