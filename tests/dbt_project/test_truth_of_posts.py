"""The intervals of engagement against an independent computation from the invented posts."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from marts import built_of
from posts import CAMPAIGN, Post, PostWorld, landed, night_of_week
from scipy import stats
from worlds import MARGIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb
    from compiled import Model

WORLD = PostWorld(4)


@pytest.fixture(scope="module")
def marts(models_of_posts: list[Model]) -> Iterable[duckdb.DuckDBPyConnection]:
    with built_of(landed(WORLD), models_of_posts) as con:
        yield con


def at_week(post: Post) -> int:
    return post.likes_at(night_of_week(post))


def matched(posts: Iterable[Post], without: str = "") -> float:
    """The ratio of micro to macro by Mantel and Haenszel; one influencer may be left out."""
    sums: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(
        lambda: {"micro": [0.0, 0.0], "macro": [0.0, 0.0]}
    )
    for post in posts:
        if post.owner.name != without:
            cell = sums[post.owner.platform, post.post_type][post.owner.tier]
            cell[0] += at_week(post)
            cell[1] += post.owner.followers
    pairs = [(*cells["micro"], *cells["macro"]) for cells in sums.values()]
    pairs = [pair for pair in pairs if pair[1] and pair[3]]
    above = sum(e * fm / (f + fm) for e, f, _, fm in pairs)
    return above / sum(em * f / (f + fm) for _, f, em, fm in pairs)


def test_micro_against_macro_is_the_jackknife_over_influencers(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    posts = [post for post in WORLD.posts if post.is_sponsored]
    sides = []
    for tier in ("micro", "macro"):
        names = dict.fromkeys(post.owner.name for post in posts if post.owner.tier == tier)
        logs = np.log([matched(posts, without=name) for name in names])
        sizes = np.array(
            [sum(p.owner.followers for p in posts if p.owner.name == name) for name in names], float
        )
        effective, count = sizes.sum() ** 2 / (sizes**2).sum(), len(names)
        squares = ((logs - logs.mean()) ** 2).sum() * ((count - 1) / count) ** 2
        sides.append((squares * effective / (effective - 1), effective - 1))
    variance = sum(v for v, _ in sides)
    degrees = variance**2 / sum(v**2 / df for v, df in sides)
    factor = np.exp(stats.t.ppf(0.975, degrees) * np.sqrt(variance))
    ratio = matched(posts)
    (found,) = marts.execute(
        "select ratio_to_macro::double, ratio_to_macro_lo::double, ratio_to_macro_hi::double,"
        " influencers_compared from marts.rpt_tier_benchmarks"
        " where tier = 'micro' and platform = 'all'"
    ).fetchall()
    assert found[:3] == pytest.approx((ratio, ratio / factor, ratio * factor), rel=1e-3)
    assert found[3] == sum(person.tier == "micro" for person in WORLD.influencers)


def test_a_tiers_return_is_the_jackknife_over_influencers_weighed_by_what_they_cost(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    sales = WORLD.sales
    net: dict[str, float] = defaultdict(float)
    for order in sales.orders:
        net[str(order.cause)] += order.value - order.refund
    for tier in ("micro", "macro"):
        names = [person.name for person in WORLD.influencers if person.tier == tier]
        cost = np.array([sales.fees[name] + sales.rates[name] * net[name] for name in names])
        earned = np.array([net[name] * MARGIN for name in names])
        logs = np.log((earned.sum() - earned) / (cost.sum() - cost))
        effective, count = cost.sum() ** 2 / (cost**2).sum(), len(names)
        squares = ((logs - logs.mean()) ** 2).sum() * ((count - 1) / count) ** 2
        half = stats.t.ppf(0.975, effective - 1) * np.sqrt(squares * effective / (effective - 1))
        returned = earned.sum() / cost.sum()
        (found,) = marts.execute(
            "select roi_margin::double, roi_margin_lo::double, roi_margin_hi::double, deals"
            " from marts.rpt_tier_benchmarks where tier = ? and platform = 'all'",
            [tier],
        ).fetchall()
        due = (returned - 1, returned * np.exp(-half) - 1, returned * np.exp(half) - 1)
        assert found[:3] == pytest.approx(due, rel=2e-3, abs=2e-3), tier
        assert found[3] == count


def test_sponsored_posts_are_held_against_the_median_of_the_own_organic_ones(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    rows = marts.execute(
        "select influencer_id, er_vs_own_baseline::double, er_vs_own_baseline_lo::double,"
        " er_vs_own_baseline_hi::double from marts.rpt_engagement"
        " where platform = 'youtube' and er_vs_own_baseline is not null order by 1"
    ).fetchall()
    assert len(rows) > 10
    for name, *found in rows:
        own = [post for post in WORLD.posts if post.owner.name == name]
        followers = own[0].owner.followers
        organic = [post for post in own if not post.is_sponsored]
        sponsored = [post for post in own if post.is_sponsored]
        # of ninety days before each; the worlds' organic posts are all younger for some
        windows = [
            [o for o in organic if 0 < (s.at - o.at).total_seconds() <= 90 * 86_400]
            for s in sponsored
        ]
        kept = [(s, w) for s, w in zip(sponsored, windows, strict=True) if len(w) >= 5]
        due = [float(np.median([at_week(o) for o in w])) for _, w in kept]
        ratio = sum(at_week(s) for s, _ in kept) / sum(due)
        spreads = [
            np.std([np.log((at_week(o) + 0.5) / followers) for o in w], ddof=1) for _, w in kept
        ]
        degrees = [len(w) - 1 for _, w in kept]
        variance = np.average(np.square(spreads), weights=degrees)
        parts = (np.array(due) / sum(due)) ** 2
        least = min(degrees)
        half = stats.t.ppf(0.975, least) * np.sqrt(
            variance * (parts.sum() + np.pi / 2 / (least + 1))
        )
        shift = variance / 2 * (1 - parts.sum())
        bounds = (ratio * np.exp(-shift - half), ratio * np.exp(-shift + half))
        assert found == pytest.approx((ratio, *bounds), rel=2e-3), name


def test_posts_that_are_younger_than_what_they_are_held_against_do_not_look_poorer(
    models_of_posts: list[Model],
) -> None:
    """Sponsored posts are two weeks old at most when last read, the organic ones up to 13."""
    biases = []
    for seed in (4, 5, 6):
        world = PostWorld(seed)
        with built_of(landed(world, CAMPAIGN + timedelta(days=14)), models_of_posts) as con:
            told = con.execute(
                "select post_id, er_vs_own_baseline::double from marts.fct_post_engagement"
                " where er_vs_own_baseline is not null"
            ).fetchall()
        posts = {post.post_id: post for post in world.posts}
        biases += [
            math.log(ratio / (post.likes / np.median([o.likes for o in before(world, post)])))
            for post_id, ratio in told
            for post in [posts[post_id]]
        ]
    assert len(biases) > 50
    assert abs(np.mean(biases)) < 0.02


def before(world: PostWorld, post: Post) -> list[Post]:
    """What a sponsored post is held against."""
    return [
        other
        for other in world.posts
        if other.owner is post.owner and other.post_type == post.post_type
        if not other.is_sponsored and timedelta(0) < post.at - other.at <= timedelta(days=90)
    ]
