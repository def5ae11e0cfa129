"""Why this interval: the methods that were tried, each on the same invented orders.

    python benchmarks/truth/methods.py [--brands 400]

No marts here, only the arithmetic: brands of twenty influencers, 0.5 to 200 expected orders each,
lognormal values, refunds up to 30 %. Prints, per method, how often the 95 % interval of expected
net revenue holds the truth, by expected orders; then the same of intervals that are to hold it in
half of all cases, and of the number of orders alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

TYPICAL = 20  # orders of the brand beside an influencer's own; macros/constants.sql
DRAWS = 1000
BOUNDS = (0.5, 2, 5, 10, 20, 50, 200)
Array = np.ndarray
Interval = tuple[Array, Array]


@dataclass(frozen=True)
class Brand:
    """Twenty influencers: what was to be expected, and their orders' values."""

    orders: Array
    net: Array
    values: list[Array]

    def sums(self, power: int) -> Array:
        return np.array([(v**power).sum() for v in self.values])

    @property
    def count(self) -> Array:
        return np.array([len(v) for v in self.values])


def draw(rng: np.random.Generator) -> Brand:
    """One brand, its spread of values and its refunds drawn as well."""
    spread, refunds = rng.uniform(0.4, 1.0), rng.uniform(0, 0.3)
    orders = np.exp(rng.uniform(np.log(BOUNDS[0]), np.log(BOUNDS[-1]), 20))
    means = rng.lognormal(0, 0.25, 20)
    values = []
    for expected, mean in zip(orders, means, strict=True):
        count = rng.poisson(expected)
        value = mean * rng.lognormal(-(spread**2) / 2, spread, count)
        fate = rng.random(count)
        part = value * rng.uniform(0.2, 0.7, count)
        kept = np.where(fate < refunds / 2, 0, np.where(fate < refunds, part, value))
        values.append(kept)
    return Brand(orders, orders * means * (1 - refunds / 2 - refunds / 2 * 0.55), values)


def poisson_bootstrap(brand: Brand, rng: np.random.Generator) -> Interval:
    """Percentiles of the sum over 1,000 resamples; each order comes Poisson(1) times."""
    sums = [rng.poisson(1.0, (DRAWS, len(v))) @ v for v in brand.values]
    low, high = np.percentile(np.array(sums), [2.5, 97.5], axis=1)
    return low, high


def gamma_poisson(brand: Brand, rng: np.random.Generator) -> Interval:
    """Orders Gamma(n + 1/2); values by a Bayesian bootstrap of the own and two of the brand's."""
    pool = np.concatenate(brand.values)
    found = []
    for own in brand.values:
        values = np.hstack([np.tile(own, (DRAWS, 1)), rng.choice(pool, (DRAWS, 2))])
        weights = rng.exponential(1.0, values.shape)
        mean = (weights * values).sum(axis=1) / weights.sum(axis=1)
        found.append(rng.gamma(len(own) + 0.5, 1.0, DRAWS) * mean)
    low, high = np.percentile(np.array(found), [2.5, 97.5], axis=1)
    return low, high


def own_gamma(brand: Brand, rng: np.random.Generator) -> Interval:
    """Ours, with the spread of the influencer's own orders alone."""
    return _gamma(brand.sums(1), _own_spread(brand), 0.5, 0.5)


def fay_feuer(brand: Brand, rng: np.random.Generator) -> Interval:
    """Fay and Feuer (1997), for weighted sums of Poisson counts."""
    return _gamma(brand.sums(1), _own_spread(brand), 0.0, 1.0)


def corrected_score(brand: Brand, rng: np.random.Generator) -> Interval:
    """The score interval of a compound Poisson sum, corrected for skewness."""
    spread, z, total = _spread(brand), 1.959964, brand.sums(1)
    pool = [np.concatenate(brand.values) ** power for power in (1, 2, 3)]
    skew = pool[2].mean() * pool[0].mean() / pool[1].mean() ** 2
    moved = total - spread * skew * (z**2 - 1) / 6
    half = z * np.sqrt(np.maximum(spread * moved + (z * spread) ** 2 / 4, 0))
    middle = moved + z**2 * spread / 2
    return np.where(total > 0, np.maximum(middle - half, 0), 0), middle + half


def shared_gamma(brand: Brand, rng: np.random.Generator) -> Interval:
    """Ours (macros/uncertainty.sql): the spread of the own orders and twenty typical ones."""
    return _gamma(brand.sums(1), _spread(brand), 0.5, 0.5)


METHODS: dict[str, Callable[[Brand, np.random.Generator], Interval]] = {
    "Poisson bootstrap, percentiles of 1,000": poisson_bootstrap,
    "compound Gamma-Poisson, Bayesian bootstrap of values": gamma_poisson,
    "Fay-Feuer gamma, own spread": fay_feuer,
    "gamma of the moments, own spread": own_gamma,
    "score, corrected for skewness, shared spread": corrected_score,
    "**gamma of the moments, shared spread**": shared_gamma,
}


def table(brands: int) -> Iterator[str]:
    """Coverage per method and expected orders, as Markdown."""
    held: dict[str, list[Array]] = {name: [] for name in (*METHODS, *_PARTS)}
    expected = []
    for seed in range(brands):
        rng = np.random.default_rng(seed)
        brand = draw(rng)
        expected.append(brand.orders)
        for name, method in METHODS.items():
            low, high = method(brand, rng)
            held[name].append((low <= brand.net) & (brand.net <= high))
        for name, part in _PARTS.items():
            held[name].append(part(brand))
    orders = np.concatenate(expected)
    ranges = list(pairwise(BOUNDS))
    yield "| expected orders | " + " | ".join(f"{a:g} to {b:g}" for a, b in ranges) + " |"
    yield "|---|" + "---:|" * len(ranges)
    for name, found in held.items():
        ok = np.concatenate(found)
        cells = (f"{ok[(orders >= a) & (orders < b)].mean():.1%}" for a, b in ranges)
        yield f"| {name} | " + " | ".join(cells) + " |"


def _middle(brand: Brand, spread: Array) -> Array:
    """Whether the quartiles of the expected net revenue hold the truth, at such a spread."""
    low, high = (spread * stats.gamma.ppf(p, brand.sums(1) / spread + 0.5) for p in (0.25, 0.75))
    return (low <= brand.net) & (brand.net <= high)


def _own_spread(brand: Brand) -> Array:
    own = brand.sums(2) / np.maximum(brand.sums(1), 1e-12)
    return np.where(brand.sums(1) > 0, own, _typical(brand))


def _counts(brand: Brand, inside: float) -> Array:
    """The same of the orders themselves, each worth one."""
    low, high = (
        stats.gamma.ppf(p, brand.count + 0.5) for p in ((1 - inside) / 2, (1 + inside) / 2)
    )
    low = np.where((brand.count == 0) & (inside > 0.9), 0, low)
    return (low <= brand.orders) & (brand.orders <= high)


# What the width of the middle half comes from, and what counts without values have.
_PARTS: dict[str, Callable[[Brand], Array]] = {
    "number of orders, 95 %": lambda brand: _counts(brand, 0.95),
    "number of orders, 50 %": lambda brand: _counts(brand, 0.5),
    "own spread, 50 %": lambda brand: _middle(brand, _own_spread(brand)),
    "shared spread, 50 %": lambda brand: _middle(brand, _spread(brand)),
}


def _typical(brand: Brand) -> float:
    pool = np.concatenate(brand.values)
    return float((pool**2).mean() / pool.mean())


def _spread(brand: Brand) -> Array:
    pool = np.concatenate(brand.values)
    squares = brand.sums(2) + TYPICAL * (pool**2).mean()
    return squares / (brand.sums(1) + TYPICAL * pool.mean())


def _gamma(total: Array, spread: Array, below: float, above: float) -> Interval:
    shape = total / spread
    low = spread * stats.gamma.ppf(0.025, np.maximum(shape + below, 1e-9))
    return np.where(total > 0, low, 0), spread * stats.gamma.ppf(0.975, shape + above)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=400)
    print("\n".join(table(parser.parse_args().brands)))
