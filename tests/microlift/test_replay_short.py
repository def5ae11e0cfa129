"""Ten recorded nights through the whole pipeline, equal to the recording's own totals."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from microlift.replay_check import Totals, compare, count_recording

# Read here and not by a fixture: the environment is cleaned for every test.
DATA = Path(
    os.environ.get("MICROLIFT_REPLAY_DATA")
    or Path(__file__).resolve().parents[2].parent / "shared" / "replay"
)
needs_recording = pytest.mark.skipif(
    not any(DATA.glob("*.csv.gz")),
    reason=f"no recording in {DATA}: set MICROLIFT_REPLAY_DATA to a folder that has one",
)
ONE = Totals(
    videos=2,
    observations=4,
    last_counters={"a": (5, 2, None), "b": (9, 1, 1)},
    differences=(4, 1, 0),
    falls=(1, 0, 0),
    fallen=(-3, 0, 0),
    gaps=1,
    gap_days=2,
    orders=3,
    revenue_usd=Decimal("10.00"),
    revenue_eur=Decimal("8.61"),
)


@needs_recording
def test_ten_recorded_nights_are_equal_to_the_cent(run: Callable[..., Any], tmp_path: Path) -> None:
    answer = run("replay", str(DATA), "--nights", "10", "--folder", str(tmp_path / "r"), "--json")
    assert answer.exit_code == 0, answer.text
    unequal = [line for line in answer.json["totals"] if not line["is_equal"]]
    assert unequal == []
    totals = {line["what"]: line["recording"] for line in answer.json["totals"]}
    assert totals["videos"] == "669"
    assert totals["falls, comments"] != "0"
    assert totals["gaps"] != "0"


@needs_recording
def test_the_files_alone_give_the_totals_of_the_whole_recording() -> None:
    totals = count_recording(DATA)
    assert totals.videos == 2_994
    assert totals.observations == 13_396
    assert totals.orders > 5_000


@pytest.mark.parametrize("field", [field.name for field in fields(Totals)])
def test_a_difference_in_any_total_shows(field: str) -> None:
    assert all(line.is_equal for line in compare(ONE, ONE))
    value = getattr(ONE, field)
    match value:
        case dict():
            changed: Any = {**value, "a": (5, 2, 0)}
        case tuple():
            changed = (*value[:2], value[2] + 1)
        case Decimal():
            changed = value + Decimal("0.01")
        case _:
            changed = value + 1
    lines = compare(replace(ONE, **{field: changed}), ONE)
    assert [line.what for line in lines if not line.is_equal]


def test_an_unknown_video_or_a_lost_one_shows() -> None:
    lost = replace(ONE, last_counters={"a": (5, 2, None)})
    strange = replace(ONE, last_counters={**ONE.last_counters, "c": (0, 0, 0)})
    for wrong in (lost, strange):
        assert not all(line.is_equal for line in compare(wrong, ONE))


def test_a_folder_without_a_recording_is_wrong_use(run: Callable[..., Any], tmp_path: Path) -> None:
    answer = run("replay", str(tmp_path), "--folder", str(tmp_path / "r"))
    assert answer.exit_code == 2
    assert "holds no recording" in answer.errors


def test_a_folder_with_something_else_is_not_wiped(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    answer = run("demo", "--folder", str(tmp_path))
    assert answer.exit_code == 2
    assert (tmp_path / "thesis.txt").exists()
