"""Which failures are worth another try: those that pass by themselves, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.definitions.retry_policy import RetryDecision

from ingest.errors import Deferred, VendorUnavailable

if TYPE_CHECKING:
    from airflow.sdk import Context

# A vendor that wants us back later than this is left to the next night.
LONGEST_WAIT = timedelta(hours=6)


class VendorRetryPolicy(ExceptionRetryPolicy):
    """Retry what may pass; wait as long as a vendor asks; fail at once on everything else."""

    def __init__(self) -> None:
        rule = RetryRule(VendorUnavailable, retry_delay=timedelta(minutes=10))
        super().__init__(rules=[rule], default=RetryAction.FAIL)

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """The decision for one failure; a Deferred one carries its own delay."""
        if not isinstance(exception, Deferred):
            return super().evaluate(exception, try_number, max_tries, context)
        delay = timedelta(seconds=exception.seconds)
        if delay > LONGEST_WAIT:
            return RetryDecision.fail(f"the vendor asks for {delay}: left to the next night")
        return RetryDecision.retry(delay, f"the vendor asks for {delay}")


# The warehouse has one writer. A refused gate or a broken model does not heal by trying again.
WRITER_RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            "warehouse.errors.Locked", retry_delay=timedelta(minutes=1), reason="another run writes"
        )
    ],
    default=RetryAction.FAIL,
)
