"""Followers and daily figures of one account in the generated world."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from sandbox.facts import DayFigures
from sandbox.moments import DAY, day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAD_DAYS = 60  # the world is older than its first day: posts and followers exist before it
_SPARE_DAYS = 40  # and goes on a little after its last one


class Path:
    """Followers of one account day by day; between midnights they move evenly.

    `gained` and `lost` are per day from day number `first_day` on; `reached` is the share of the
    followers that a day reaches.
    """

    def __init__(
        self,
        *,
        first_day: int,
        opening: int,
        gained: NDArray[np.int64],
        lost: NDArray[np.int64],
        reached: NDArray[np.float64],
        is_hidden: bool = False,
    ) -> None:
        self.first_day = first_day
        self.gained, self.lost, self.reached = gained, lost, reached
        self._levels: list[int] = (
            opening + np.concatenate([[0], np.cumsum(gained - lost)])
        ).tolist()
        self._is_hidden = is_hidden

    def with_extra(self, extra: NDArray[np.int64]) -> Path:
        """The same path with more followers gained each day."""
        return Path(
            first_day=self.first_day,
            opening=self._levels[0],
            gained=self.gained + extra,
            lost=self.lost,
            reached=self.reached,
            is_hidden=self._is_hidden,
        )

    def followers(self, at: int) -> int | None:
        """Followers at an instant; None when nobody is told."""
        if self._is_hidden:
            return None
        day = at // DAY - self.first_day
        if day < 0:
            return self._levels[0]
        if day >= len(self._levels) - 1:
            return self._levels[-1]
        opening, closing = self._levels[day], self._levels[day + 1]
        return opening + (closing - opening) * (at % DAY) // DAY

    def views_total(self, at: int) -> int | None:
        """Views of the whole channel: a round multiple of its size, rising day by day."""
        return self._levels[0] * (4_000 + at // DAY - self.first_day) // 100

    def figures(self, day: int) -> DayFigures | None:
        """The settled figures of a day; None outside the world."""
        index = day - self.first_day
        if not 0 <= index < len(self.gained):
            return None
        reach = int(self._levels[index] * self.reached[index])
        return DayFigures(
            gained=int(self.gained[index]),
            lost=int(self.lost[index]),
            reach=reach,
            views=int(reach * 1.9),
            accounts_engaged=int(reach * 0.07),
            likes=int(reach * 0.055),
            comments=int(reach * 0.004),
            saves=int(reach * 0.006),
            shares=int(reach * 0.003),
            profile_links_taps=int(reach * 0.002),
        )


def draw_path(
    rng: np.random.Generator,
    opening: int,
    rate: float,
    *,
    start: date,
    days: int,
    is_hidden: bool = False,
) -> Path:
    """A path around `rate` (share of the opening size per day) with a weekly season."""
    length = LEAD_DAYS + days + _SPARE_DAYS
    first = day_number(start - timedelta(days=LEAD_DAYS))
    weekday = (np.arange(first, first + length) + 3) % 7
    season = 1.0 + 0.15 * np.cos(2 * np.pi * weekday / 7)
    own = max(rate + rng.normal(0.0, rate / 2), rate / 8)
    churn = rate * 0.6
    return Path(
        first_day=first,
        opening=opening,
        gained=rng.poisson(opening * (own + churn) * season * rng.gamma(12, 1 / 12, length)),
        lost=rng.poisson(opening * churn * rng.gamma(20, 1 / 20, length)),
        reached=rng.lognormal(np.log(0.32), 0.18, length),
        is_hidden=is_hidden,
    )
