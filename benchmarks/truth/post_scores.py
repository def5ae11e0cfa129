"""What the marts of engagement say of an invented brand, held against its truth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from marts import built_of
from posts import PostWorld, landed

if TYPE_CHECKING:
    from compiled import Model

WANTED = ("+rpt_tier_benchmarks", "+rpt_engagement")
NAMES = {
    "ratio_to_macro": "`ratio_to_macro`, over all platforms",
    "by_platform": "`ratio_to_macro`, by platform",
    "er_followers": "`er_followers` of a tier on a platform",
    "roi_of_all": "`roi_margin` of a tier, over all platforms",
    "roi_by_platform": "`roi_margin` of a tier on a platform",
    "er_vs_own_baseline": "`er_vs_own_baseline`",
}
_RATIOS = """
select platform, ratio_to_macro_lo, ratio_to_macro_hi from marts.rpt_tier_benchmarks
where tier = 'micro' and ratio_to_macro is not null
"""
_RATES = """
select tier, platform, er_followers_lo, er_followers_hi from marts.rpt_tier_benchmarks
where er_followers_lo is not null
"""
_RETURNS = """
select tier, platform, roi_margin_lo, roi_margin_hi from marts.rpt_tier_benchmarks
where roi_margin_lo is not null
"""
_BASELINES = """
select er_vs_own_baseline_lo, er_vs_own_baseline_hi from marts.rpt_engagement
where er_vs_own_baseline_lo is not null
"""


class Held(NamedTuple):
    """One interval: its world, of what, whether it held the truth, upper over lower bound."""

    world: int
    of: str
    held: bool
    width: float


class Coverage(NamedTuple):
    """The share of intervals that held the truth, its standard error over worlds, their number."""

    share: float
    error: float
    count: int


@dataclass
class PostScore:
    """The intervals of one world, or of many when added up."""

    intervals: list[Held] = field(default_factory=list)

    def coverage(self, of: str) -> Coverage:
        """How many of the intervals held the truth; those of one world are not independent."""
        found = [interval for interval in self.intervals if interval.of == of]
        if not found:
            return Coverage(float("nan"), float("nan"), 0)
        share = sum(interval.held for interval in found) / len(found)
        by_world: dict[int, float] = defaultdict(float)
        for interval in found:
            by_world[interval.world] += interval.held - share
        error = math.sqrt(sum(excess**2 for excess in by_world.values())) / len(found)
        return Coverage(share, error, len(found))

    def width(self, of: str) -> float:
        """The median of upper over lower bound."""
        found = sorted(interval.width for interval in self.intervals if interval.of == of)
        return found[len(found) // 2] if found else float("nan")


def score_posts(seed: int, models: Sequence[Model]) -> PostScore:
    """Build one world's marts and judge them."""
    world = PostWorld(seed)
    return PostScore(list(_judged(world, models)))


def _judged(world: PostWorld, models: Sequence[Model]) -> Iterator[Held]:
    with built_of(landed(world), models) as con:
        for platform, low, high in con.execute(_RATIOS).fetchall():
            of = "ratio_to_macro" if platform == "all" else "by_platform"
            yield _held(world, of, low, world.ratio, high)
        for tier, platform, low, high in con.execute(_RATES).fetchall():
            yield _held(world, "er_followers", low, world.sponsored_rate(tier, platform), high)
        for tier, platform, low, high in con.execute(_RETURNS).fetchall():
            of = "roi_of_all" if platform == "all" else "roi_by_platform"
            yield _held(world, of, low + 1, world.roi_margin(tier, platform) + 1, high + 1)
        for low, high in con.execute(_BASELINES).fetchall():
            yield _held(world, "er_vs_own_baseline", low, world.effect, high)


def _held(world: PostWorld, of: str, low: float, truth: float, high: float) -> Held:
    return Held(world.seed, of, low <= truth <= high, float(high) / float(low))
