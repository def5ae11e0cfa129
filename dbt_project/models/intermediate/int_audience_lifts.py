"""One row per campaign and account of the brand's that was counted before and during it: what it
added to the followers, against what they would have done anyway.

The running count of followers follows a local linear trend with a weekly season (Harvey,
Forecasting, Structural Time Series Models and the Kalman Filter, 1989), in the words of
statsmodels' UnobservedComponents. A day that nobody read needs no guess: its followers come with
the next count. The days of campaigns and the week after each are left out, and across them the
count may move by whatever it likes: a step with a diffuse coefficient. The step across the campaign
in question is its lift, and the variance of that step is that of the whole sum over the window.

How fast the usual growth drifts is not estimated but averaged over a few speeds, each weighted by
what the history says for it. How far the model errs on this account is then measured on windows of
the same length without a campaign (placebos), and the interval is widened by what they show.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import warnings
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Span = tuple[int, int]  # first and last day, both included

HISTORY_DAYS = 365  # before a campaign; older growth says little about it
LATER_DAYS = 56  # after it, where there are any
AFTERMATH_DAYS = 7  # after a campaign: neither the campaign nor usual
LEAST_HISTORY = 28  # known days without a campaign before it: four of each weekday
LEAST_MOVES = 8  # moves of a rounded count on these days
MOST_PLACEBOS = 20

# Variance of the daily change of the usual growth, in those of a day's chance, and how much each
# speed is believed before the history is seen.
DRIFTS = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
BELIEFS = (1 / 13, 1 / 13, 2 / 13, 3 / 13, 3 / 13, 2 / 13, 1 / 13)
# What is believed of the widening before a placebo is seen, and how many placebos that belief is
# worth. Both were chosen by measured coverage: docs/audience-lift.md.
USUAL_WIDENING = 1.15
WORTH_OF_USUAL = 6.0
# Degrees of freedom of the interval at most: some posts go viral, so errors have longer tails than
# normal ones however many placebos tell their size.
MOST_FREEDOM = 10.0
INSIDE, FOUND = 0.975, 0.8  # two-sided 95 %; the chance to find a lift of the stated size
LEAST_DAY_SPREAD = 0.5  # followers: people come whole
DIFFUSE = 1e8  # the variance of what nothing is known about

METHOD = Path(__file__).read_bytes()

COLUMNS = {
    "campaign_id": "str", "platform": "str", "account_id": "str", "input_key": "str",
    "obstacle": "str", "history_days": "int64", "placebo_windows": "int64",
    "lift": "float64", "lift_lo": "float64", "lift_hi": "float64",
    "min_detectable_lift": "float64", "placebo_p": "float64",
    "model_spread": "float64", "widening": "float64", "drift": "float64", "day_spread": "float64",
}  # fmt: skip


def model(dbt: Any, session: Any) -> pd.DataFrame:
    """The columns of COLUMNS; an obstacle says why there is no lift.

    A window of which nothing changed, the method included, is taken from the last build.
    """
    dbt.config(materialized="table")
    counts, windows = dbt.ref("int_audience_counts").df(), dbt.ref("int_lift_windows").df()
    is_there = session.execute(
        "select 1 from information_schema.columns where table_catalog = ? and table_schema = ?"
        " and table_name = ? and column_name = 'input_key'",
        [dbt.this.database, dbt.this.schema, dbt.this.identifier],
    ).fetchone()
    last = session.sql(f"from {dbt.this}").df() if is_there else None
    return lifts(counts, windows, last)


def lifts(
    counts: pd.DataFrame, windows: pd.DataFrame, last: pd.DataFrame | None = None
) -> pd.DataFrame:
    """`counts` are the rows of int_audience_counts, `windows` those of int_lift_windows; `last` is
    what an earlier call returned."""
    keys = ["platform", "account_id"]
    days_of = dict(iter(counts.groupby(keys)))
    known = {} if last is None else {row["input_key"]: row for row in last.to_dict("records")}
    rows: list[dict[str, Any]] = []
    for key, group in windows[windows["has_begun"]].groupby(keys, sort=True):
        if key not in days_of:
            continue
        account = _account(days_of[key], group)
        measurable = group.dropna(subset=["opening_on", "measured_to"]).sort_values("campaign_id")
        for row in measurable[~measurable["is_interrupted"].astype(bool)].itertuples():
            window = (account.day(row.measured_from), account.day(row.measured_to))
            found = lift_of(account, window, known)
            known[found["input_key"]] = found  # campaigns on the same days share one window
            names = {"campaign_id": row.campaign_id, "platform": key[0], "account_id": key[1]}
            rows.append(found | names)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


class Account:
    """An account's counts by day from `first` on (unknown: NaN), and what is unusual about them.

    The difference up to a day of `breaks` is unknown for good. `step` is what the platform rounds
    to, 0 if it does not. `told` is what the counts say: a rounded one only on the days on which it
    moves, and then the bound it crossed.
    """

    def __init__(
        self, first: int, counts: Floats, breaks: list[int], campaigns: list[Span], step: float
    ) -> None:
        self.first, self.counts, self.breaks = first, counts, breaks
        self.campaigns, self.step = campaigns, step
        self.told = counts
        if step:
            self.told = np.full(len(counts), np.nan)
            for before, day in pairwise(np.flatnonzero(np.isfinite(counts))):
                if counts[day] != counts[before]:
                    self.told[day] = max(counts[day], counts[before])

    def day(self, date: Any) -> int:
        """The place of a date in `counts`."""
        return pd.Timestamp(date).toordinal() - self.first

    def unusual(self, window: Span) -> list[Span]:
        """The other campaigns and every aftermath without the window, joined where they meet."""
        spans = []
        for starts, ends in self.campaigns:
            begin = max(starts, 0) if starts < window[0] else max(starts, window[1] + 1)
            until = ends + AFTERMATH_DAYS
            if starts < window[0]:
                until = min(until, window[0] - 1)
            if begin <= until:
                spans.append((begin, until))
        joined: list[Span] = []
        for begin, end in sorted(spans):
            if joined and begin <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((begin, end))
        return joined


class Problem(NamedTuple):
    """A stretch of an account's days with the window whose step is asked for."""

    counts: Floats
    window: Span
    unusual: list[Span]
    breaks: list[int]


class Answer(NamedTuple):
    """The step across the window: mean and standard deviation, and the parts of the model."""

    lift: float
    spread: float
    drift: float
    day_spread: float


def lift_of(
    account: Account, window: Span, known: Mapping[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The figures of one window, or the obstacle: `history` (too little of it), or `gap` (no count
    between the window and the campaign before it). `known` are earlier answers by `input_key`."""
    first, last = window
    unusual = account.unusual(window)
    is_usual = np.ones(len(account.counts), dtype=bool)
    for begin, end in [*unusual, window]:
        is_usual[begin : end + 1] = False
    begin = max(first - HISTORY_DAYS, 0)
    end = min(last + 1 + AFTERMATH_DAYS + LATER_DAYS, len(account.counts))
    problem = Problem(
        _told(account, begin, end, window),
        (first - begin, last - begin),
        [(max(a - begin, 0), b - begin) for a, b in unusual if b >= begin and a < end],
        [day - begin for day in account.breaks if begin < day < end],
    )
    key = _key(problem, account.counts[begin:end], account.step)
    if known and key in known:
        return known[key]
    history = slice(begin, first)
    counted = int((np.isfinite(account.counts) & is_usual)[history].sum())
    row: dict[str, Any] = {"input_key": key, "history_days": counted, "placebo_windows": 0}
    moves = int((np.isfinite(account.told) & is_usual)[history].sum())
    if counted < LEAST_HISTORY or (account.step and moves < LEAST_MOVES):
        return row | {"obstacle": "history"}
    answer = _step(problem, DRIFTS, has_season=not account.step)
    if answer is None:
        return row | {"obstacle": "gap"}
    is_clean = is_usual[begin:first]
    placebos, independent = _placebos(account, problem, begin, is_clean, answer.drift)
    squares = float(np.sum(np.square(placebos))) / max(len(placebos), 1)
    worth = WORTH_OF_USUAL + independent
    widening = ((WORTH_OF_USUAL * USUAL_WIDENING**2 + independent * squares) / worth) ** 0.5
    return row | _figures(account.step, answer, widening, worth, placebos)


def _key(problem: Problem, counts: Floats, step: float) -> str:
    """The same for the same input and the same method."""
    told = (problem[1:], step, importlib.metadata.version("statsmodels"))
    parts = (METHOD, problem.counts.tobytes(), counts.tobytes(), repr(told).encode())
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def _figures(
    step: float, answer: Answer, widening: float, worth: float, placebos: list[float]
) -> dict[str, Any]:
    """The interval, and what of it is known by other means."""
    from scipy.special import stdtrit  # noqa: PLC0415 - here through statsmodels

    # a rounded count at the window's end lies anywhere within its step
    spread = widening * (answer.spread**2 + step**2 / 12) ** 0.5
    freedom = min(worth, MOST_FREEDOM)
    half = max(float(stdtrit(freedom, INSIDE)) * spread, step)
    beyond = sum(abs(one) >= abs(answer.lift) / answer.spread for one in placebos)
    return {
        "lift": answer.lift,
        "lift_lo": answer.lift - half,
        "lift_hi": answer.lift + half,
        "min_detectable_lift": half + float(stdtrit(freedom, FOUND)) * spread,
        "placebo_p": (1 + beyond) / (1 + len(placebos)) if placebos else None,
        "placebo_windows": len(placebos),
        "model_spread": answer.spread,
        "widening": widening,
        "drift": answer.drift,
        "day_spread": answer.day_spread,
    }


def _placebos(
    account: Account, problem: Problem, begin: int, is_clean: NDArray[np.bool_], drift: float
) -> tuple[list[float], float]:
    """Lifts of windows without a campaign before the real one, in standard deviations of the model;
    and how many windows without a day in common they amount to.

    Each sees what the real one sees: the days before it, and as many after it.
    """
    first, last = problem.window
    length, later = last - first + 1, len(problem.counts) - last - 1
    runs = np.cumsum(np.concatenate([[0], is_clean]))
    ends = [
        end
        for end in range(first - 1, length + LEAST_HISTORY - 2, -1)
        if runs[end + 1] - runs[end + 1 - length] == length
        and np.isfinite(account.counts[begin + end])
    ]
    covered = np.zeros(first, dtype=bool)
    apart = max(length // 3, 4, -(-len(ends) // MOST_PLACEBOS))
    found: list[float] = []
    next_end = first
    for end in ends:
        if end > next_end:
            continue
        cut = min(end + 1 + later, first)
        window = (end - length + 1, end)
        counts = _told(account, begin, begin + cut, (begin + window[0], begin + end))
        spans = [span for span in problem.unusual if span[0] < cut]
        breaks = [day for day in problem.breaks if day < cut]
        one = _step(Problem(counts, window, spans, breaks), (drift,), has_season=not account.step)
        if one is not None:
            found.append(one.lift / one.spread)
            covered[window[0] : end + 1] = True
            next_end = end - apart
    return found, float(covered.sum()) / length


def _told(account: Account, begin: int, end: int, window: Span) -> Floats:
    """What is told from day `begin` to before `end`; on the window's last day a rounded count is
    in mid-step.

    A bound is crossed within the day that tells it, half a day's growth before its end. What a
    campaign adds to its days would so be missed on its last one: its own pace is made good.
    """
    first, last = window
    told = account.told[:end].copy()
    if account.step:
        if np.isnan(told[last]):
            told[last] = account.counts[last] + account.step / 2
        told[last] += (_pace(account, first - 1, last) - _pace(account, begin, first - 1)) / 2
    return told[begin:]


def _pace(account: Account, begin: int, end: int) -> float:
    """Growth a day between the last counts until `begin` and until `end`: a step at most, 0 of
    counts that do not grow."""
    known = np.flatnonzero(np.isfinite(account.counts[: end + 1]))
    before = known[known <= begin][-1:] if (known <= begin).any() else known[:1]
    if not len(known) or known[-1] == before[0]:
        return 0.0
    won = account.counts[known[-1]] - account.counts[before[0]]
    return float(np.clip(won / (known[-1] - before[0]), 0.0, account.step))


def _step(problem: Problem, drifts: tuple[float, ...], *, has_season: bool) -> Answer | None:
    """The step across the window, averaged over the drifts; None where others hide it."""
    counts, starts = _masked(problem)
    if starts is None:
        return None
    told = np.isfinite(counts)
    opening = int(np.flatnonzero(told)[0])
    counts, told = counts[opening:] - counts[opening], told[opening:]
    days = np.arange(len(counts))
    steps = np.column_stack([days >= start - opening for start in starts]).astype(np.float64)
    at = np.flatnonzero(told)
    # the fit is the same in any unit; one near a day's chance keeps what is diffuse far from it
    unit = max(float(np.std(np.diff(counts[at]) / np.sqrt(np.diff(at)))), LEAST_DAY_SPREAD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.tsa.statespace.structural import (  # noqa: PLC0415 - 2 s
            UnobservedComponents,
        )

        fitted = UnobservedComponents(
            counts / unit,
            level=True, stochastic_level=True, trend=True, stochastic_trend=True, irregular=False,
            exog=steps, mle_regression=False, loglikelihood_burn=0,
            freq_seasonal=[{"period": 7, "harmonics": 3}] if has_season else None,
            stochastic_freq_seasonal=[False] if has_season else None,
        )  # fmt: skip
    fitted.ssm.initialize_approximate_diffuse(DIFFUSE)
    states = fitted.ssm.k_states
    freedom = int(told.sum()) - states
    if freedom < 2:
        return None
    place = states - steps.shape[1]  # the first coefficient is the window's
    likely, means, spreads, sizes = (np.empty(len(drifts)) for _ in range(4))
    for number, drift in enumerate(drifts):
        fitted.update(np.array([1.0, drift]))
        passed = fitted.ssm.filter()
        errors, widths = passed.forecasts_error[0][told], passed.forecasts_error_cov[0, 0][told]
        size = float((errors**2 / widths).sum()) / freedom
        size = max(size, (LEAST_DAY_SPREAD / unit) ** 2)
        likely[number] = -0.5 * (np.log(widths).sum() + freedom * np.log(size))
        means[number] = passed.filtered_state[place, -1] * unit
        spreads[number] = (size * passed.filtered_state_cov[place, place, -1]) ** 0.5 * unit
        sizes[number] = size**0.5 * unit
    weights = np.exp(likely - likely.max()) * (BELIEFS if len(drifts) > 1 else 1.0)
    weights /= weights.sum()
    lift = float(weights @ means)
    return Answer(
        lift,
        float(weights @ (spreads**2 + (means - lift) ** 2)) ** 0.5,
        float(np.exp(weights @ np.log(np.maximum(drifts, DRIFTS[1] / 3)))),
        float(weights @ sizes),
    )


def _masked(problem: Problem) -> tuple[Floats, list[int] | None]:
    """The counts without unusual days, and the days from which each step lasts, the window's first.

    None where no count separates the window from the unusual days before it.
    """
    counts = problem.counts.copy()
    first, last = problem.window
    starts = [last]
    for begin, end in problem.unusual:
        until = min(end, len(counts) - 1)
        known = np.flatnonzero(np.isfinite(counts[begin : until + 1]))
        # the last count within the span is where the usual goes on
        stop = begin + int(known[-1]) if len(known) else until
        counts[begin:stop] = np.nan
        starts.append(stop)
    counts[first:last] = np.nan
    told = np.flatnonzero(np.isfinite(counts))
    if not len(told) or told[0] >= first:
        return counts, None
    moved = [
        int(told[told >= start][0]) for start in [*starts[1:], *problem.breaks] if start <= told[-1]
    ]
    moved = [start for start in dict.fromkeys(moved) if start > told[0]]
    if last in moved:
        return counts, None
    return counts, [last, *moved]


def _account(days: pd.DataFrame, campaigns: pd.DataFrame) -> Account:
    numbers = np.array([pd.Timestamp(day).toordinal() for day in days["date_day"]])
    first = int(numbers.min())
    counts = np.full(int(numbers.max()) - first + 1, np.nan)
    counts[numbers - first] = days["count_to_date"].to_numpy(dtype=np.float64)
    breaks = sorted((numbers[days["is_break"].to_numpy(dtype=bool)] - first).tolist())
    spans = sorted(
        (pd.Timestamp(starts).toordinal() - first, pd.Timestamp(ends).toordinal() - first)
        for starts, ends in zip(campaigns["starts_on"], campaigns["ends_on"], strict=True)
    )
    return Account(first, counts, breaks, spans, float(days["rounding_step"].max()))
