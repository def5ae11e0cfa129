"""How often intervals of a tier's figures hold the truth, by method: the arithmetic, no marts.

    python benchmarks/truth/tier_methods.py [--tiers 20000]

A tier is a sample of influencers; true is what influencers like these are expected to get. Prints
the table of docs/truth.md that says why the tiers' intervals are made as they are.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Variance = tuple[float, float]  # of the ratio's logarithm, and its degrees of freedom
PEOPLE = ((5, 8), (8, 12), (12, 25), (25, 61))
ORDERS = ((1, 10), (10, 20), (20, 50), (50, 10**9))


class Tier(NamedTuple):
    """One sample: both sums' parts by influencer, the true ratio, and the orders behind it."""

    numerator: Floats
    denominator: Floats
    truth: float
    orders: int


def jackknife(tier: Tier, is_weighed: bool = True) -> Variance:
    """As the mart has it; unweighed, each influencer counts as one whatever its size."""
    above, below = tier.numerator, tier.denominator
    logs = np.log((above.sum() - above) / (below.sum() - below))
    people = len(logs)
    worth = below.sum() ** 2 / (below**2).sum() if is_weighed else people
    squares = ((logs - logs.mean()) ** 2).sum() * ((people - 1) / people) ** 2
    return squares * worth / (worth - 1), worth - 1


def linearised(tier: Tier) -> Variance:
    """Residuals of the ratio, each corrected for its leverage (HC3)."""
    above, below = tier.numerator, tier.denominator
    weights = below / below.sum()
    residuals = (above - above.sum() / below.sum() * below) / above.sum() / (1 - weights)
    return float((residuals**2).sum()), 1 / float((weights**2).sum()) - 1


METHODS: dict[str, Callable[[Tier], Variance]] = {
    "jackknife, each influencer counts as one": lambda tier: jackknife(tier, is_weighed=False),
    "residuals corrected for leverage": linearised,
    "**jackknife, Kish's effective number**": jackknife,
}


def rates(rng: np.random.Generator) -> Tier:
    """Engagements over followers: sizes log-uniform within a tier, one to four posts each."""
    people = int(np.exp(rng.uniform(np.log(5), np.log(60))))
    between, within = rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.6)
    size = np.exp(rng.uniform(np.log(1), np.log(10), people))
    posts = rng.integers(1, 5, people)
    of = np.repeat(np.arange(people), posts)
    got = _luck(rng, between, people)[of] * _luck(rng, within, len(of)) * size[of]
    return Tier(np.bincount(of, got, people), posts * size, 1.0, 10**6)


def returns(rng: np.random.Generator) -> Tier:
    """Margin over cost: fees of any spread, and orders from a fifth of one to thirty a deal."""
    people = int(np.exp(rng.uniform(np.log(5), np.log(60))))
    fees = _luck(rng, rng.uniform(0, 1.2), people)
    expected = float(np.exp(rng.uniform(np.log(0.2), np.log(30)))) * fees
    orders = rng.poisson(expected * _luck(rng, rng.uniform(0.2, 0.8), people))
    values = _luck(rng, rng.uniform(0.4, 1.0), int(orders.sum()))
    earned = np.bincount(np.repeat(np.arange(people), orders), values, people)
    return Tier(earned, fees, float(expected.sum() / fees.sum()), int(orders.sum()))


def _luck(rng: np.random.Generator, spread: float, count: int) -> Floats:
    return rng.lognormal(-(spread**2) / 2, spread, count)


def table(tiers: int) -> Iterator[str]:
    """Markdown: per figure and method the share of intervals that hold the truth."""
    for name, draw, ranges, size in (
        ("`er_followers`, by influencers", rates, PEOPLE, lambda tier: len(tier.numerator)),
        ("`roi_margin`, by orders of the tier", returns, ORDERS, lambda tier: tier.orders),
    ):
        held: dict[tuple[str, int], list[int]] = defaultdict(list)
        for seed in range(tiers):
            tier = draw(np.random.default_rng([seed, 31]))
            if (tier.numerator.sum() - tier.numerator).min() <= 0:
                continue  # the mart says one_carries_all
            for method, variance_of in METHODS.items():
                variance, degrees = variance_of(tier)
                half = stats.t.ppf(0.975, degrees) * np.sqrt(variance)
                off = np.log(tier.truth * tier.denominator.sum() / tier.numerator.sum())
                column = next(i for i, (low, high) in enumerate(ranges) if low <= size(tier) < high)
                held[method, column].append(0 if abs(off) <= half else int(np.sign(off)))
        heads = [f"{low} to {high - 1}" if high < 10**9 else f"{low}, more" for low, high in ranges]
        yield f"| {name} | {' | '.join(heads)} | all | truth below; above |"
        yield "|---|" + "---:|" * (len(ranges) + 2)
        for method in METHODS:
            columns = [held[method, i] for i in range(len(ranges))]
            every = [one for column in columns for one in column]
            cells = [_share(column, 0) for column in (*columns, every)]
            sides = f"{_share(every, -1)}; {_share(every, 1)}"
            yield f"| {method} | {' | '.join(cells)} | {sides} |"
        yield ""


def _share(outcomes: list[int], side: int) -> str:
    return f"{sum(one == side for one in outcomes) / max(len(outcomes), 1):.1%}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiers", type=int, default=20_000)
    print("\n".join(table(parser.parse_args().tiers)))
