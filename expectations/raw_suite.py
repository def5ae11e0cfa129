"""The raw gate: does each stream of each fetch look like itself, before staging may read it?

The frame has one row per (fetch_id, source, stream), with the columns that the checks are named
after computed here from counts and their recent past.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.checks import Check, GateReport, Suite
from expectations.gate import run_gate

if TYPE_CHECKING:
    import pandas as pd

FRAME = "fetch_streams"
KEY = ("fetch_id", "source", "stream")

# A stream is only compared with its past when that past is long enough and not a handful of rows:
# a shop that sells five times a day may well sell once.
MIN_TRAILING_FETCHES = 5
MIN_TRAILING_ROWS = 20
MIN_SHARE_OF_TRAILING_ROWS = 0.4
MAX_BAD_SHARE = 0.05
# How much there is depends on what was posted lately, down to nothing: not compared with the past.
# That they were asked for at all shows in the streams that list stories and posts.
# Nor is whom we meet among those who comment.
UNSTEADY = frozenset(
    {
        "instagram_stories.story_insights",
        "instagram.comments",
        "instagram.candidates",
        "youtube.candidates",
        "youtube.candidate_videos",
    }
)
# Clocks of vendor and machine may differ by this much.
MAX_SECONDS_AHEAD = 300.0


def _check(
    name: str,
    meaning: str,
    *,
    is_critical: bool,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Check:
    return Check(
        name=name,
        frame=FRAME,
        table_name="raw.fetch_streams",
        severity="critical" if is_critical else "warning",
        meaning=meaning,
        minimum=minimum,
        maximum=maximum,
    )


SUITE = Suite(
    name="raw",
    key=KEY,
    checks=(
        _check(
            "rows_share_of_median",
            "The fetch brought far fewer rows than the same fetches before it: the vendor cut it"
            " short or accounts went missing. Look at its problems and fetch again; when the drop"
            " is real, accept the fetch.",
            is_critical=True,
            minimum=MIN_SHARE_OF_TRAILING_ROWS,
        ),
        _check(
            "pages_where_expected",
            "The stream brought no page at all although the same fetches before it did. Look at"
            " the fetch's problems, mend the access and fetch again.",
            is_critical=True,
            minimum=1,
        ),
        _check(
            "bad_share",
            "Too many rows lack a field they must have: the vendor changed its format. Read the"
            " quarantine_reason of the rows in raw and correct the source before accepting.",
            is_critical=True,
            minimum=0,
            maximum=MAX_BAD_SHARE,
        ),
        _check(
            "bad_rows",
            "Some rows lack a field they must have and were quarantined. Read their"
            " quarantine_reason in raw; the rest of the fetch is used.",
            is_critical=False,
            maximum=0,
        ),
        _check(
            "duplicate_keys",
            "The vendor sent the same thing more than once under one request. Staging keeps one"
            " of each; look whether pages overlap.",
            is_critical=False,
            maximum=0,
        ),
        _check(
            "seconds_ahead",
            "Pages were observed in the future: a clock is wrong, and these rows would hide newer"
            " ones. Set the clock right and fetch again.",
            is_critical=True,
            maximum=MAX_SECONDS_AHEAD,
        ),
    ),
)


def judge_fetches(frame: pd.DataFrame) -> GateReport:
    """Judge the frame that the load hands over; `refused` names the streams that stay out."""
    return run_gate(SUITE, {FRAME: measure_fetches(frame)})


def measure_fetches(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column for each check; null where there is too little past to compare."""
    is_steady = ~(frame["source"] + "." + frame["stream"]).isin(UNSTEADY)
    has_past = (frame["trailing_fetches"] >= MIN_TRAILING_FETCHES) & is_steady
    has_volume = has_past & (frame["trailing_rows_median"] >= MIN_TRAILING_ROWS)
    expects_pages = has_past & (frame["trailing_pages_median"] >= 1)
    return frame.assign(
        table_name="raw." + frame["source"] + "__" + frame["stream"],
        subject=frame["fetch_id"],
        rows_share_of_median=frame["rows_share_of_median"].where(has_volume),
        pages_where_expected=frame["pages"].where(expects_pages),
    )
