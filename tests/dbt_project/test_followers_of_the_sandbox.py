"""Followers at the time of the post, held against the sandbox's truth: gaps, a rename, hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from ingest.landing import Landing
from ingest.plan_source import land_plan
from microlift.plan.plan import read_plan
from microlift.rehearsal import COUNTERS, Order, fetch_orders, sandbox_settings
from sandbox.plan_files import write_plan
from sandbox.server import serve
from sandbox.world import World

if TYPE_CHECKING:
    from marts_house import House

    from sandbox.facts import Account, Post

START = date(2026, 3, 1)
WORLD = World(seed=7, influencers=40, days=70, start=START)
# Nobody looked for three weeks, for five, nor on the nights around the day of a rename.
NIGHTS = [
    datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(days=d) for d in (0, 1, 2, 24, 58, 62, 69)
]
PLATFORMS = ("youtube", "instagram", "tiktok")
DAY = 86_400
GAP, ALONE = timedelta(days=28), timedelta(days=1)
Found = dict[tuple[str, str], tuple[int | None, str | None]]


@pytest.fixture(scope="module")
def posts(new_house: Callable[[], House]) -> Found:
    """followers_at_post and followers_rule of every post seen."""
    house = new_house()
    plan_dir = write_plan(WORLD, house.home / "plan")
    plan = read_plan(plan_dir)
    land_plan(Landing(house.home / "landing"), plan.tables, NIGHTS[0], is_simulated=True)
    with serve(WORLD) as sandbox:
        settings = sandbox_settings(house.home, plan_dir, sandbox.url)
        orders = [Order(name, night, COUNTERS) for night in NIGHTS for name in PLATFORMS]
        results = list(fetch_orders(settings, plan, orders, NIGHTS[0]))
    assert {result.status for result in results} == {"fetched"}, results
    house.load()
    house.make("dim_posts")
    rows = house.rows(
        "select platform, post_id, followers_at_post, followers_rule from marts.dim_posts"
        " where post_type is distinct from 'story'"
    )
    return {(platform, post_id): (count, rule) for platform, post_id, count, rule in rows}


def account_of(post: Post) -> Account:
    return next(a for a in WORLD.accounts.values() if a.account_id == post.account_id)


def tolerance(account: Account, count: int) -> float:
    """What the platform's rounding and the growth of the account's steepest day may do."""
    days = range(int(NIGHTS[0].timestamp()) // DAY - 7, int(NIGHTS[-1].timestamp()) // DAY)
    counts = [account.growth.followers(day * DAY) or 0 for day in days]
    steepest = max(abs(b - a) for a, b in pairwise(counts))
    rounded = account.platform == "youtube" and count >= 1_000
    return steepest + 1 + (10 ** (len(str(count)) - 3) if rounded else 0)


def due(account: Account, post: Post) -> str | None:
    """The rule by its definition, from the nights on which somebody looked."""
    if account.is_private or account.hides_followers:
        return None
    published = datetime.fromtimestamp(post.published, UTC)
    before = max((night for night in NIGHTS if night <= published), default=None)
    after = min((night for night in NIGHTS if night > published), default=None)
    if before and after and after - before <= GAP:
        return "between"
    if before and published - before <= ALONE:
        return "before"
    return "after" if after and after - published <= ALONE else None


def test_every_posts_followers_are_the_truth_when_it_came_out(posts: Found) -> None:
    wrong = []
    for key, (count, _) in posts.items():
        post = WORLD.posts[key]
        account = account_of(post)
        truth = account.growth.followers(post.published)
        if count is not None and (
            truth is None or abs(count - truth) > min(tolerance(account, truth), 0.01 * truth)
        ):
            wrong.append((key, count, truth))
    assert wrong == []
    assert sum(count is not None for count, _ in posts.values()) > 240


def test_followers_are_unknown_only_where_nobody_looked_near_the_post(posts: Found) -> None:
    rules = {key: due(account_of(WORLD.posts[key]), WORLD.posts[key]) for key in posts}
    assert {key: rule for key, (_, rule) in posts.items()} == rules
    assert all((count is None) == (rule is None) for count, rule in posts.values())
    assert Counter(rules.values()).keys() == {"between", "before", "after", None}


def test_a_renamed_account_keeps_its_posts_and_its_followers(posts: Found) -> None:
    last = int(NIGHTS[-1].timestamp())
    renamed = [a for a in WORLD.accounts.values() if a.renamed_at < last]
    assert renamed
    for account in renamed:
        own = [p for p in account.posts if p.published < last and p.deleted_at > last]
        after = [p for p in own if p.published >= account.renamed_at]
        assert after
        assert all(posts[account.platform, post.post_id][0] for post in after)
