"""Only what passes by itself is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from dags.retries import LONGEST_WAIT, WRITER_RETRY_POLICY, VendorRetryPolicy
from ingest.errors import (
    Deferred,
    IncompletePage,
    PaginationLoop,
    Throttled,
    Unauthorised,
    UnsafeUrl,
    VendorUnavailable,
)
from microlift.errors import BuildFailed, GateRefused, SettingsError
from warehouse.errors import Locked


@pytest.mark.parametrize(
    "error",
    [VendorUnavailable("down"), IncompletePage("cut"), Throttled("slow down")],
    ids=lambda error: type(error).__name__,
)
def test_a_vendor_that_may_recover_is_asked_again(error: Exception) -> None:
    assert VendorRetryPolicy().evaluate(error, 1, 3).action is RetryAction.RETRY


@pytest.mark.parametrize(
    "error",
    [
        Unauthorised("no"),
        PaginationLoop("round"),
        UnsafeUrl("elsewhere"),
        SettingsError("missing"),
        ValueError("a fault of ours"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_human_must_mend_fails_at_once(error: Exception) -> None:
    assert VendorRetryPolicy().evaluate(error, 1, 3).action is RetryAction.FAIL


def test_a_deferred_source_waits_as_long_as_the_vendor_asks() -> None:
    decision = VendorRetryPolicy().evaluate(Deferred("later", 1234), 1, 3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=1234)


def test_a_source_deferred_for_too_long_is_left_to_the_next_night() -> None:
    seconds = LONGEST_WAIT.total_seconds() + 1
    decision = VendorRetryPolicy().evaluate(Deferred("much later", seconds), 1, 3)
    assert decision.action is RetryAction.FAIL


def test_the_writer_waits_for_another_writer_and_for_nothing_else() -> None:
    locked = WRITER_RETRY_POLICY.evaluate(Locked(1, "here", "now"), 1, 3)
    assert locked.action is RetryAction.RETRY
    for error in (BuildFailed([("model", "broken")]), GateRefused("check"), ValueError()):
        assert WRITER_RETRY_POLICY.evaluate(error, 1, 3).action is RetryAction.FAIL
