"""The lift's estimate on counts written by hand, and against the same model solved otherwise."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compiled import module_of
from marts_house import PROJECT

FIRST = date(2026, 1, 1)
WEEK = [12, 8, 10, 10, 9, 11, 10]  # what the account wins anyway: 70 a week


@pytest.fixture(scope="module")
def model() -> ModuleType:
    return module_of(PROJECT / "models" / "intermediate" / "int_audience_lifts.py")


def usual(days: int) -> list[float]:
    """Followers won by day, by the week alone."""
    return [float(WEEK[day % 7]) for day in range(days)]


def counts_of(net: list[float], *, without: set[int] = frozenset(), step: int = 0) -> pd.DataFrame:
    """Rows of int_audience_counts; days of `without` were not read."""
    counts = 10_000 + np.cumsum(net)
    rows = [
        {
            "platform": "instagram", "account_id": "own", "date_day": FIRST + timedelta(days=day),
            "count_to_date": int(count // step * step if step else count), "rounding_step": step,
            "is_break": False,
        }
        for day, count in enumerate(counts)
        if day not in without
    ]  # fmt: skip
    return pd.DataFrame(rows)


def window(first: int, last: int, name: str = "c", **changed: Any) -> dict[str, Any]:
    """A row of int_lift_windows."""
    day = {place: FIRST + timedelta(days=place) for place in (first - 1, first, last)}
    return {
        "campaign_id": name, "platform": "instagram", "account_id": "own", "has_begun": True,
        "starts_on": day[first], "ends_on": day[last], "opening_on": day[first - 1],
        "measured_from": day[first], "measured_to": day[last], "is_interrupted": False,
    } | changed  # fmt: skip


def lifts(
    model: ModuleType, counts: pd.DataFrame, *windows: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    found = model.lifts(counts, pd.DataFrame(windows))
    return {row["campaign_id"]: row for row in found.to_dict("records")}


def test_what_a_campaign_added_to_a_steady_account_is_found_to_the_follower(
    model: ModuleType,
) -> None:
    net = usual(84)
    for day in range(56, 70):
        net[day] = 25.0  # 350 in two weeks that usually bring 140
    row = lifts(model, counts_of(net), window(56, 69))["c"]
    assert row["lift"] == pytest.approx(350 - 140, abs=0.01)
    assert row["lift"] - 15 < row["lift_lo"] < row["lift"] < row["lift_hi"] < row["lift"] + 15
    assert row["history_days"] == 56
    assert pd.isna(row["obstacle"])


def test_an_account_that_nobody_follows_or_leaves_is_known_to_half_a_follower_a_day(
    model: ModuleType,
) -> None:
    net = [0.0] * 70
    net[60] = 40.0
    row = lifts(model, counts_of(net), window(56, 69))["c"]
    assert row["lift"] == pytest.approx(40, abs=0.01)
    assert 20 < row["lift_lo"] < 39
    assert row["day_spread"] == pytest.approx(0.5)


def test_missed_days_cost_precision_and_no_followers(model: ModuleType) -> None:
    net = usual(84)
    for day in range(56, 70):
        net[day] = 25.0
    missed = {20, 21, 22, 40, 55, 58, 59, 66}  # before the campaign, on its eve and within it
    row = lifts(model, counts_of(net, without=missed), window(56, 69))["c"]
    assert row["lift"] == pytest.approx(350 - 140, abs=0.01)
    assert row["history_days"] == 56 - 5


def test_a_correction_before_the_campaign_widens_the_interval_and_one_within_it_counts(
    model: ModuleType,
) -> None:
    steady = lifts(model, counts_of(usual(70)), window(56, 69))["c"]
    purged = usual(70)
    purged[30] = -90.0
    before = lifts(model, counts_of(purged), window(56, 69))["c"]
    assert before["lift_hi"] - before["lift_lo"] > 3 * (steady["lift_hi"] - steady["lift_lo"])
    purged = usual(70)
    purged[60] -= 100
    within = lifts(model, counts_of(purged), window(56, 69))["c"]
    assert within["lift"] == pytest.approx(-100, abs=0.01)


def test_a_counter_that_began_anew_in_the_history_is_no_growth(model: ModuleType) -> None:
    net = usual(70)
    net[30] = -9_000.0
    counts = counts_of(net)
    counts.loc[30, "is_break"] = True
    row = lifts(model, counts, window(56, 69))["c"]
    assert row["lift"] == pytest.approx(0, abs=0.01)
    assert row["lift_hi"] < 15
    interrupted = lifts(model, counts, window(56, 69, is_interrupted=True))
    assert interrupted == {}


def test_other_campaigns_and_the_week_after_them_are_not_taken_for_usual(
    model: ModuleType,
) -> None:
    net = usual(112)
    for day in range(40, 54):  # another campaign, and what it still brings in the week after
        net[day] += 30
    for day in range(70, 84):
        net[day] += 10
    row = lifts(model, counts_of(net), window(40, 46, "early"), window(70, 83))["c"]
    assert row["lift"] == pytest.approx(140, abs=0.01)
    assert row["history_days"] == 70 - 14
    unknown = lifts(model, counts_of(net), window(70, 83))["c"]  # the plan does not know of it
    assert unknown["lift_hi"] - unknown["lift_lo"] > 3 * (row["lift_hi"] - row["lift_lo"])


def test_campaigns_of_one_window_have_one_lift(model: ModuleType) -> None:
    net = usual(84)
    for day in range(56, 70):
        net[day] += 10
    shared = {"measured_from": FIRST + timedelta(56), "measured_to": FIRST + timedelta(69)}
    rows = lifts(
        model,
        counts_of(net),
        window(56, 62, "a") | shared,
        window(60, 69, "b") | shared,
    )
    assert rows["a"]["lift"] == rows["b"]["lift"] == pytest.approx(140, abs=0.01)


def test_less_than_four_weeks_before_a_campaign_are_too_little(model: ModuleType) -> None:
    enough = lifts(model, counts_of(usual(42)), window(28, 41))["c"]
    assert pd.isna(enough["obstacle"])
    assert enough["placebo_windows"] == 0
    assert np.isnan(enough["placebo_p"])
    short = lifts(model, counts_of(usual(42), without={13}), window(28, 41))["c"]
    assert (short["obstacle"], short["history_days"]) == ("history", 27)
    assert np.isnan(short["lift"])


def test_a_campaign_without_a_count_between_it_and_the_one_before_is_not_told_apart(
    model: ModuleType,
) -> None:
    without = set(range(45, 56))
    rows = lifts(
        model, counts_of(usual(70), without=without), window(45, 50, "early"), window(56, 69)
    )
    assert rows["c"]["obstacle"] == "gap"


@pytest.mark.parametrize(("extra", "is_up"), [(7, False), (14, True)])
def test_a_lift_below_the_rounding_of_the_count_is_not_up(
    model: ModuleType, extra: int, is_up: bool
) -> None:
    net = usual(98)
    for day in range(84, 98):
        net[day] += extra  # 98 followers, or 196, where the count moves in hundreds
    row = lifts(model, counts_of(net, step=100), window(84, 97))["c"]
    assert row["lift"] - row["lift_lo"] >= 100
    assert (row["lift_lo"] > 0) is is_up
    exact = lifts(model, counts_of(net), window(84, 97))["c"]
    assert exact["lift_lo"] > 0
    assert exact["lift"] == pytest.approx(extra * 14, abs=0.01)
    assert row["lift"] == pytest.approx(extra * 14, abs=100)


def test_what_a_campaign_adds_to_its_last_day_is_not_lost_in_the_step_of_a_rounded_count(
    model: ModuleType,
) -> None:
    # where in its step the count stands at the end differs by the day: the mean is right
    errors = []
    for ahead in range(0, 100, 5):
        net = usual(98)
        net[0] += ahead
        for day in range(84, 98):
            net[day] += 60  # seven times the usual: a bound is crossed on most days
        errors.append(lifts(model, counts_of(net, step=100), window(84, 97))["c"]["lift"] - 840)
    assert np.mean(errors) == pytest.approx(0, abs=15)  # 30 less before their pace was made good


def noisy(days: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    growth = 20 + np.cumsum(rng.normal(0, 0.5, days))
    return [float(won) for won in np.rint(growth + np.array(usual(days)) + rng.normal(0, 6, days))]


def test_the_same_counts_in_any_order_give_the_same_digits(model: ModuleType) -> None:
    counts = counts_of(noisy(120, 1), without={3, 50})
    windows = [window(70, 83), window(100, 110, "later")]
    once = model.lifts(counts, pd.DataFrame(windows))
    again = model.lifts(counts.sample(frac=1, random_state=2), pd.DataFrame(windows[::-1]))
    pd.testing.assert_frame_equal(
        once.sort_values("campaign_id", ignore_index=True),
        again.sort_values("campaign_id", ignore_index=True),
        check_exact=True,
    )


def solved(
    counts: np.ndarray, unseen: list[tuple[int, int]], starts: list[int], drift: float
) -> tuple[float, float, float]:
    """The first step, its spread and a day's, by generalised least squares: the same model as one
    normal vector, count = weekdays, start, growth and steps + chance."""
    seen = counts.copy()
    for first, last in unseen:
        seen[first:last] = np.nan
    days = np.flatnonzero(np.isfinite(seen))
    late, early = np.maximum(days[:, None], days) + 1, np.minimum(days[:, None], days) + 1
    # chance adds up over the days, and every change of the growth over all days after it
    sums = early * (early - 1) / 2 * (late - early) + (early - 1) * early * (2 * early - 1) / 6
    covariance = early + drift * sums
    angles = 2 * np.pi * days[:, None] * np.arange(1, 4) / 7
    steps = [days >= start for start in starts]
    design = np.column_stack(
        [*steps, np.ones_like(days), days, np.cos(angles), np.sin(angles)]
    ).astype(float)
    root = np.linalg.cholesky(covariance)
    left, right = np.linalg.solve(root, design), np.linalg.solve(root, seen[days])
    inverse = np.linalg.inv(left.T @ left)
    beta = inverse @ left.T @ right
    rest = right - left @ beta
    size = max(rest @ rest / (len(days) - design.shape[1]), 0.5**2)
    return beta[0], (size * inverse[0, 0]) ** 0.5, size**0.5


@pytest.mark.parametrize("drift", [0.0, 0.003, 0.1])
def test_the_step_is_that_of_generalised_least_squares(model: ModuleType, drift: float) -> None:
    net = noisy(90, 3)
    net[20] = 700.0
    problem = model.Problem(
        (10_000 + np.cumsum(net)).astype(float), (50, 60), [(30, 40), (61, 67)], [20]
    )
    problem.counts[[5, 6, 44]] = np.nan
    found = model._step(problem, (drift,), has_season=True)
    unseen = [(30, 40), (50, 60), (61, 67)]
    lift, spread, day_spread = solved(problem.counts, unseen, [60, 20, 40, 67], drift)
    assert found.lift == pytest.approx(lift, abs=0.01)
    assert found.spread == pytest.approx(spread, rel=1e-4)
    assert found.day_spread == pytest.approx(day_spread, rel=1e-4)


# of a campaign of the days 70 to 83: two weeks each, the first with four weeks before it
PLACEBO_ENDS = [41, 45, 49, 53, 57, 61, 65, 69]


def test_placebos_without_any_lift_narrow_the_interval_and_none_is_as_far_out(
    model: ModuleType,
) -> None:
    net = usual(84)
    for day in range(70, 84):
        net[day] += 10
    row = lifts(model, counts_of(net), window(70, 83))["c"]
    assert row["placebo_windows"] == len(PLACEBO_ENDS)
    assert row["placebo_p"] == pytest.approx(1 / 9)
    # 42 days of placebos are worth three windows beside the six of the belief
    assert row["widening"] == pytest.approx((6 / 9) ** 0.5 * 1.15, rel=1e-4)


def test_a_placebo_as_far_out_as_the_campaign_is_counted_and_widens_the_interval(
    model: ModuleType,
) -> None:
    net = usual(84)
    net[30] += 350  # a day that went viral, in the first placebo window alone
    for day in range(70, 84):
        net[day] += 100
    row = lifts(model, counts_of(net), window(70, 83))["c"]
    counts = (10_000 + np.cumsum(net)).astype(float)
    sizes = []
    for end in PLACEBO_ENDS:
        lift, spread, _ = solved(counts[: end + 1], [(end - 13, end)], [end], row["drift"])
        sizes.append(abs(lift) / spread)
    own = row["lift"] / row["model_spread"]
    assert sizes[0] > own > max(sizes[1:])
    assert row["placebo_windows"] == len(PLACEBO_ENDS)
    assert row["placebo_p"] == pytest.approx(2 / 9)
    squares = np.mean(np.square(sizes))
    assert row["widening"] == pytest.approx(((6 * 1.15**2 + 3 * squares) / 9) ** 0.5, rel=1e-3)


def test_many_placebos_do_not_make_the_tails_of_the_interval_normal(model: ModuleType) -> None:
    net = usual(300)
    row = lifts(model, counts_of(net), window(290, 296))["c"]
    assert row["placebo_windows"] == 20
    spread = row["widening"] * row["model_spread"]
    # t(97.5 %) and t(80 %) with 10 degrees of freedom, by a printed table
    assert row["lift_hi"] - row["lift"] == pytest.approx(2.228 * spread, rel=1e-3)
    assert row["min_detectable_lift"] == pytest.approx((2.228 + 0.879) * spread, rel=1e-3)


def test_a_window_of_which_nothing_changed_is_not_estimated_again(
    model: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = noisy(140, 4)
    windows = pd.DataFrame([window(50, 60)])
    once = model.lifts(counts_of(net[:130]), windows)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("estimated again")

    monkeypatch.setattr(model, "_step", refuse)
    # ten further nights, more than two months after its end
    pd.testing.assert_frame_equal(model.lifts(counts_of(net), windows, once), once)
    changed = [*net[:20], net[20] + 1, *net[21:]]
    for counts, others in (
        (counts_of(changed), []),  # restated
        (counts_of(net, without={20}), []),
        (counts_of(net), [window(20, 25, "new")]),  # the plan edited
    ):
        with pytest.raises(AssertionError, match="again"):
            model.lifts(counts, pd.DataFrame([window(50, 60), *others]), once)
    monkeypatch.setattr(model, "METHOD", b"another")
    with pytest.raises(AssertionError, match="again"):
        model.lifts(counts_of(net), windows, once)


def test_nothing_to_estimate_imports_nothing_that_takes_long() -> None:
    """A night without a campaign pays nothing for the model."""
    code = (
        "import importlib.util, sys, pandas as pd\n"
        f"spec = importlib.util.spec_from_file_location('m', {str(PROJECT)!r}"
        " + '/models/intermediate/int_audience_lifts.py')\n"
        "m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m)\n"
        "counts = pd.DataFrame(columns=['platform', 'account_id', 'date_day', 'count_to_date',"
        " 'rounding_step', 'is_break'])\n"
        "windows = pd.DataFrame(columns=['campaign_id', 'platform', 'account_id', 'has_begun',"
        " 'starts_on', 'ends_on', 'opening_on', 'measured_from', 'measured_to',"
        " 'is_interrupted']).astype({'has_begun': bool})\n"
        "assert m.lifts(counts, windows).empty\n"
        "assert not any(name.startswith(('statsmodels', 'scipy')) for name in sys.modules)\n"
    )
    import subprocess  # noqa: PLC0415

    subprocess.run([sys.executable, "-c", code], check=True)
