"""The one function that judges: Great Expectations over frames, one validation a gate.

Great Expectations takes seconds to import, so that happens inside; `warm_up` does it early.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from expectations.checks import Check, GateReport, GateResult, Suite, Verdict

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition

log = logging.getLogger(__name__)

_ROW = "row"
_TABLE = "table_name"
_SUBJECT = "subject"
# By the worst severity: a warning alone makes Great Expectations say no success as well.
_VERDICTS: Mapping[str | None, Verdict] = {
    None: "passed",
    "warning": "warned",
    "critical": "failed",
}


def warm_up() -> None:
    """Import Great Expectations now, for instance in a thread while something else waits.

    It builds much of itself only at its first validation, so one is made of nothing.
    """
    check = Check("value", "warm_up", "warm_up", "warning", "Always holds.", minimum=0)
    _judge([check], pd.DataFrame({_ROW: [0], "frame": [check.frame], _column(check): [1.0]}))


def run_gate(suite: Suite, frames: Mapping[str, pd.DataFrame]) -> GateReport:
    """Judge the frames by the suite's checks.

    A frame has one column for each of its checks and may have `table_name` and `subject`, which
    name its rows in the results. A check whose frame is not there is left out; one whose column is
    missing from its frame fails, because what cannot be measured has not passed.
    """
    checks = [check for check in suite.checks if check.frame in frames]
    wide = _side_by_side(suite, checks, frames)
    verdict, failed_rows = _judge(checks, wide) if len(wide) else ("passed", {})
    results: list[GateResult] = []
    reasons: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for check in checks:
        rows = failed_rows.get(_column(check), [])
        results += _results(suite, check, wide, rows)
        if check.severity == "critical" and suite.key:
            for key in wide.loc[rows, list(suite.key)].itertuples(index=False, name=None):
                reasons[key].append(check.name)
    report = GateReport(
        suite=suite.name,
        verdict=verdict,
        results=tuple(results),
        refused={key: ", ".join(names) for key, names in reasons.items()},
    )
    log.info("gate %s %s: %d results", suite.name, report.verdict, len(results))
    return report


def _side_by_side(
    suite: Suite, checks: list[Check], frames: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """All frames below each other in one, each check's values in a column of its own."""
    parts = []
    for name, frame in frames.items():
        own = [check for check in checks if check.frame == name]
        labels = [column for column in (*suite.key, _TABLE, _SUBJECT) if column in frame.columns]
        values = {
            _column(check): pd.to_numeric(frame[check.name]).astype("float64")
            for check in own
            if check.name in frame.columns
        }
        parts.append(pd.DataFrame({**frame[labels], **values, "frame": name}))
    wide = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    for label in (_TABLE, _SUBJECT):
        if label not in wide.columns:
            wide[label] = None
    wide[_ROW] = range(len(wide))
    return wide


def _judge(checks: list[Check], wide: pd.DataFrame) -> tuple[Verdict, dict[str, list[int]]]:
    """The verdict by the worst severity that failed, and the rows that break each column's check.

    All rows of its frame break a check that cannot be computed.
    """
    import great_expectations as gx  # noqa: PLC0415 - heavy, see above
    from great_expectations.expectations.core.expect_column_values_to_be_between import (  # noqa: PLC0415
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity  # noqa: PLC0415

    frames = _frames()
    suite = gx.ExpectationSuite(
        name="gate",
        expectations=[
            ExpectColumnValuesToBeBetween(
                column=_column(check),
                min_value=check.minimum,
                max_value=check.maximum,
                severity=FailureSeverity(check.severity),
            )
            for check in checks
        ],
    )
    validated = frames.get_batch(batch_parameters={"dataframe": wide}).validate(
        suite,
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_ROW]},
    )
    frame_of = {_column(check): check.frame for check in checks}
    failures: dict[str, list[int]] = {}
    for result in validated.results:
        config = result.expectation_config
        if result.success or config is None:
            continue
        column = config.kwargs["column"]
        failures[column] = _failed_rows(result.result) or list(
            wide.index[wide["frame"] == frame_of[column]]
        )
    worst = validated.get_max_severity_failure()
    return _VERDICTS[worst.value if worst else None], failures


@cache
def _frames() -> BatchDefinition[Any]:
    """The one place where frames are handed over; it takes longer to build than a gate to judge."""
    import great_expectations as gx  # noqa: PLC0415 - heavy, see above
    from great_expectations.data_context.types.base import (  # noqa: PLC0415
        ProgressBarsConfig,
    )

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("measured")
    return asset.add_batch_definition_whole_dataframe("all")


def _failed_rows(result: Mapping[str, Any]) -> list[int]:
    return [int(found[_ROW]) for found in result.get("unexpected_index_list") or []]


def _results(suite: Suite, check: Check, wide: pd.DataFrame, failed: list[int]) -> list[GateResult]:
    """One result for each failed row, and one for each table in which no row failed."""

    def judged(table: str, subject: str | None, observed: float, *, passed: bool) -> GateResult:
        return GateResult(
            suite=suite.name,
            table_name=table,
            check_name=check.name,
            subject="" if pd.isna(subject) else str(subject),
            severity=check.severity,
            observed=None if math.isnan(observed) else float(observed),
            limit_value=check.limit_value,
            passed=passed,
            meaning=check.meaning,
        )

    own = wide[wide["frame"] == check.frame] if len(wide) else wide
    if own.empty:
        return [judged(check.table_name, None, math.nan, passed=True)]
    values = own.get(_column(check), pd.Series(math.nan, index=own.index))
    tables = own[_TABLE].where(own[_TABLE].notna(), check.table_name)
    red = [judged(tables[row], own[_SUBJECT][row], values[row], passed=False) for row in failed]
    green = [
        judged(str(table), None, kept.min() if check.maximum is None else kept.max(), passed=True)
        for table, kept in values.drop(failed).groupby(tables)
        if table not in set(tables[failed])
    ]
    return red + green


def _column(check: Check) -> str:
    return f"{check.frame}.{check.name}"
