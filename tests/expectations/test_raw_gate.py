"""The raw gate: each check goes red for its own reason, and only its own stream is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from expectations_house import raw_frame, raw_row

from expectations.raw_suite import SUITE, UNSTEADY, judge_fetches
from ingest.registry import ALL_STREAMS

if TYPE_CHECKING:
    import pandas as pd

MUTATIONS: dict[str, dict[str, Any]] = {
    "rows_share_of_median": {"rows_share_of_median": 0.39, "row_count": 199},
    "pages_where_expected": {"pages": 0},
    "bad_share": {"bad_share": 0.051},
    "bad_rows": {"bad_rows": 1},
    "duplicate_keys": {"duplicate_keys": 1},
    "seconds_ahead": {"seconds_ahead": 301.0},
}


def _red(frame: pd.DataFrame) -> set[str]:
    return {result.check_name for result in judge_fetches(frame).results if not result.passed}


def test_every_raw_check_has_a_mutation() -> None:
    assert set(MUTATIONS) == {check.name for check in SUITE.checks}


def test_a_sound_fetch_passes() -> None:
    report = judge_fetches(raw_frame())
    assert report.verdict == "passed" and not report.refused
    assert {result.check_name for result in report.results} == set(MUTATIONS)
    assert {result.table_name for result in report.results} == {"raw.youtube__videos"}


@pytest.mark.parametrize("check", MUTATIONS)
def test_a_mutation_turns_its_raw_check_red(check: str) -> None:
    frame = raw_frame(raw_row("channels"), raw_row(**MUTATIONS[check]))
    assert _red(frame) == {check}
    report = judge_fetches(frame)
    severity = next(one.severity for one in SUITE.checks if one.name == check)
    if severity == "critical":
        assert report.verdict == "failed"
        assert report.refused == {("f1", "youtube", "videos"): check}
    else:
        assert report.verdict == "warned" and not report.refused
    (red,) = [result for result in report.results if not result.passed]
    assert (red.subject, red.table_name) == ("f1", "raw.youtube__videos")
    assert red.observed is not None and red.meaning and red.limit_value


@pytest.mark.parametrize(
    "young",
    [
        {"trailing_fetches": 4, "rows_share_of_median": 0.01, "pages": 0},
        {"trailing_rows_median": 19.0, "rows_share_of_median": 0.05},
        {"trailing_pages_median": 0.0, "trailing_rows_median": 0.0, "pages": 0},
        {"trailing_fetches": 0, "trailing_rows_median": None, "rows_share_of_median": None},
        {"bad_share": None, "row_count": 0, "seconds_ahead": None},
    ],
    ids=["few fetches", "few rows", "never had pages", "first fetch", "no rows"],
)
def test_what_cannot_be_compared_is_not_held_against_a_stream(young: dict[str, Any]) -> None:
    assert judge_fetches(raw_frame(raw_row(**young))).verdict == "passed"


@pytest.mark.parametrize("name", sorted(UNSTEADY))
def test_a_look_at_nothing_is_not_held_against_a_stream_that_may_be_empty(name: str) -> None:
    source, stream = name.split(".")
    quiet = {"pages": 0, "row_count": 0, "rows_share_of_median": 0.0}
    assert judge_fetches(raw_frame(raw_row(stream, source=source, **quiet))).verdict == "passed"
    # It is the volume alone that is not compared.
    broken = raw_frame(raw_row(stream, source=source, bad_share=1.0))
    assert judge_fetches(broken).refused == {("f1", source, stream): "bad_share"}


def test_streams_that_may_be_empty_exist() -> None:
    assert {tuple(name.split(".")) for name in UNSTEADY} <= set(ALL_STREAMS())


def test_an_empty_frame_passes() -> None:
    report = judge_fetches(raw_frame().head(0))
    assert report.verdict == "passed" and not report.refused


def test_a_stream_refused_twice_names_both_reasons() -> None:
    report = judge_fetches(raw_frame(raw_row(pages=0, bad_share=1.0)))
    assert report.refused == {("f1", "youtube", "videos"): "pages_where_expected, bad_share"}


def test_great_expectations_is_not_imported_before_a_gate_runs() -> None:
    root = Path(__file__).parents[2]
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r});"
        "import expectations.raw_suite, expectations.marts_suite;"
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
