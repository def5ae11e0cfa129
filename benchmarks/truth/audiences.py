"""Invented followers of a brand's accounts whose truth is known: what a campaign really added.

Not the model's own idea of the world: the usual growth reverts, trends begin and end, weekdays
differ, days are overdispersed and hang together, posts go viral and platforms purge; nights are
missed, counts are rounded. Followers that a campaign brings come in bursts after its posts, and
some after its end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Basis = Literal["dated", "counter", "rounded"]
BASES: tuple[Basis, ...] = ("dated", "counter", "rounded")
START = date(2025, 1, 1)
# How long after midnight a night reads counters, as `dags/` schedule it.
READ_AT = timedelta(hours=2, minutes=30)
Floats = NDArray[np.float64]


@dataclass
class Brand:
    """When a brand ran its campaigns; the last one is in question. Days are numbered from START."""

    seed: int
    days: int = field(init=False)
    campaigns: list[tuple[int, int]] = field(init=False)  # first and last day

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 40])
        history = int(np.exp(rng.uniform(np.log(40), np.log(400))))
        length = int(rng.integers(7, 43))
        later = 0 if rng.random() < 0.4 else int(rng.integers(1, 60))
        begin, self.campaigns = history, []
        # half of the longer histories hold one more campaign, far enough from their beginning
        if history > 150 and rng.random() < 0.5:
            first = int(rng.integers(60, history - 60))
            self.campaigns.append((first, first + int(rng.integers(10, 30))))
            begin += self.campaigns[0][1] - first + 8
        self.campaigns.append((begin, begin + length - 1))
        self.days = begin + length + later

    @property
    def window(self) -> tuple[int, int]:
        return self.campaigns[-1]


@dataclass
class Audience:
    """One account: followers won without the campaign by day, and what a campaign can add."""

    brand: Brand
    number: int
    basis: Basis = field(init=False)

    def __post_init__(self) -> None:
        self._rng = rng = np.random.default_rng([self.brand.seed, 41, self.number])
        self.basis = BASES[self.number % len(BASES)]
        self.rate = float(np.exp(rng.uniform(np.log(4), np.log(300))))  # followers a day
        self.opening = int(self.rate * rng.uniform(250, 900)) + 1_000
        self._gained, self.lost = self._usual_days()
        for first, last in self.brand.campaigns[:-1]:
            size = rng.uniform(0, 1.5) * self.rate * (last - first + 1)
            self._gained = self._gained + self._burst(rng, first, last, size)
        self._is_known = self._nights()

    @property
    def label(self) -> str:
        return f"a{self.number:02d}"

    def added(self, size: float) -> NDArray[np.int64]:
        """Followers by day of a campaign that wins just `size` of them within its window."""
        rng = np.random.default_rng([self.brand.seed, 42, self.number])
        return self._burst(rng, *self.brand.window, size)

    def net(self, added: NDArray[np.int64]) -> NDArray[np.int64]:
        """Followers won less lost by day, with those that the campaign added."""
        return self._gained + added - self.lost

    def gained(self, added: NDArray[np.int64]) -> NDArray[np.int64]:
        """Followers won by day, with those that the campaign added."""
        return self._gained + added

    def counts(self, added: NDArray[np.int64]) -> NDArray[np.int64]:
        """Followers at the end of each day."""
        return self.opening + np.cumsum(self.net(added))

    def seen(self, added: NDArray[np.int64]) -> Iterator[tuple[datetime, int]]:
        """When the count was read, and how many followers there were then."""
        # a night reads after midnight, when some of the next day's have come already
        share = READ_AT / timedelta(days=1)
        early = np.rint(np.append(self.net(added)[1:], 0) * share).astype(np.int64)
        counts = self.counts(added) + early
        for day, (count, known) in enumerate(zip(counts, self._is_known, strict=True)):
            midnight = datetime.combine(START + timedelta(days=day + 1), time(), UTC)
            if known:
                yield midnight + READ_AT, int(count)

    def _usual_days(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rng, count = self._rng, self.brand.days
        day = np.arange(count)
        growth = _reverting(rng, count, rng.uniform(20, 90)) * rng.uniform(0.03, 0.2)
        for _ in range(rng.poisson(count / 120)):  # a trend begins, at once or over weeks
            ramp = float(rng.choice([1, 14, 30]))
            growth += rng.normal(0, 0.25) * np.clip((day - rng.integers(count)) / ramp, 0, 1)
        growth += rng.normal(0, 0.3) * day / 365
        growth += rng.uniform(0, 0.2) * np.sin(2 * np.pi * (day / 365 + rng.random()))
        week = rng.normal(0, rng.uniform(0.05, 0.25), 7)
        season = np.clip(1 + (week - week.mean())[day % 7], 0.2, None)
        viral = np.zeros(count)
        for at in np.flatnonzero(rng.random(count) < 1 / 70):
            size, half = rng.lognormal(np.log(1.2), 0.6), rng.uniform(0.7, 3.0)
            viral[at:] += size * 0.5 ** (np.arange(count - at) / half)
        mood = _reverting(rng, count, 1 / rng.uniform(0.7, 2.5)) * rng.uniform(0.1, 0.35)
        mean = self.rate * (np.exp(growth) * season + viral) * np.exp(mood - mood.var() / 2)
        gained = rng.poisson(mean * rng.gamma(20, 1 / 20, count))
        leaving = self.rate * rng.uniform(0.2, 0.7) * np.exp(growth / 2)
        lost = rng.poisson(leaving * rng.gamma(15, 1 / 15, count))
        if rng.random() < 0.15:  # the platform takes away what it calls spam
            lost[rng.integers(count)] += int(self.rate * rng.uniform(2, 6))
        return gained, lost

    def _burst(
        self, rng: np.random.Generator, first: int, last: int, size: float
    ) -> NDArray[np.int64]:
        """Followers by day after some posts, `size` of them from first to last."""
        shape = np.zeros(self.brand.days)
        for at in rng.integers(first, last + 1, int(rng.integers(2, 9))):
            half = rng.uniform(0.7, 4.0)
            shape[at:] += rng.lognormal(0, 0.5) * 0.5 ** (np.arange(self.brand.days - at) / half)
        shape *= rng.gamma(6, 1 / 6, self.brand.days)
        within = shape[first : last + 1] / shape[first : last + 1].sum()
        won = rng.poisson(shape * size / shape[first : last + 1].sum())  # after the end
        won[first : last + 1] = rng.multinomial(math.ceil(size), within)
        return won

    def _nights(self) -> NDArray[np.bool_]:
        """On which days somebody read the count."""
        rng, count = self._rng, self.brand.days
        known = rng.random(count) >= 0.02
        if rng.random() < 0.4:
            begin = int(rng.integers(count))
            known[begin : begin + int(rng.integers(2, 8))] = False
        known[0] = True
        return known


def _reverting(rng: np.random.Generator, count: int, days: float) -> Floats:
    """A series of variance 1 that forgets itself within so many days."""
    keeps = np.exp(-1 / days)
    shocks = rng.normal(0, np.sqrt(1 - keeps**2), count)
    values = np.empty(count)
    last = rng.normal()
    for day, shock in enumerate(shocks):
        last = keeps * last + shock
        values[day] = last
    return values
