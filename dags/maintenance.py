"""### Maintenance

What vendors let us store only so long is deleted, on the record (`ops.purges`): see
`docs/retention.md`. Daily, because a limit of 30 days is kept by a purge a day, though on most days
nothing is due. It waits for the writer's slot like everything that opens the warehouse. The next
`transform` builds without what went, and from all of raw.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from dags.connections import settings_for
from dags.retries import WRITER_RETRY_POLICY
from microlift.run_record import WRITER_POOL

log = logging.getLogger(__name__)

with DAG(
    "maintenance",
    doc_md=__doc__,
    schedule="0 1 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["maintenance"],
):

    @task(
        pool=WRITER_POOL,
        retries=10,
        retry_policy=WRITER_RETRY_POLICY,
        execution_timeout=timedelta(hours=1),
    )
    def purge() -> int:
        """Delete what may be stored no longer; returns how many rows went."""
        from microlift import retention, run_record  # noqa: PLC0415 - not while parsing

        purged = retention.purge(settings_for(), run_record.new_run_id(), say=log.info)
        return sum(one.rows for one in purged)

    purge()
