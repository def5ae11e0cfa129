"""Followers at the time of the post, held against the sandbox's truth: gaps, a rename, hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
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
# Nobody looked for three weeks, nor on the nights around the day on which an account is renamed.
NIGHTS = [
    datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(days=d) for d in (0, 1, 2, 24, 58, 62, 69)
]
PLATFORMS = ("youtube", "instagram", "tiktok")
LATE = timedelta(days=7)


@pytest.fixture(scope="module")
def posts(new_house: Callable[[], House]) -> dict[tuple[str, str], tuple[int | None, bool]]:
    """followers_at_post and is_followers_after_post of every post seen."""
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
        "select platform, post_id, followers_at_post, is_followers_after_post from marts.dim_posts"
        " where post_type is distinct from 'story'"
    )
    return {(platform, post_id): (count, late) for platform, post_id, count, late in rows}


def shown(account: Account, at: datetime) -> int | None:
    """What the platform shows of an account's followers at an instant."""
    count = account.growth.followers(int(at.timestamp()))
    if account.is_private or account.hides_followers or count is None:
        return None
    if account.platform != "youtube" or count < 1_000:
        return count
    unit = 10 ** (len(str(count)) - 3)
    return count // unit * unit


def due(account: Account, post: Post) -> tuple[int | None, bool]:
    """By the definition: the last night's count before the post, else one of the week after it."""
    published = datetime.fromtimestamp(post.published, UTC)
    before = [night for night in NIGHTS if night <= published]
    if before:
        return shown(account, before[-1]), False
    after = [night for night in NIGHTS if published < night <= published + LATE]
    count = shown(account, after[0]) if after else None
    return count, count is not None


def test_followers_at_post_are_the_truth_of_the_last_look_before_it(
    posts: dict[tuple[str, str], tuple[int | None, bool]],
) -> None:
    accounts = {account.account_id: account for account in WORLD.accounts.values()}
    wrong = [
        (key, found, expected)
        for key, found in posts.items()
        for post in [WORLD.posts[key]]
        if found != (expected := due(accounts[post.account_id], post))
    ]
    assert wrong == []
    known = [count for count, _ in posts.values() if count is not None]
    assert len(known) > 400
    assert any(late for _, late in posts.values())


def test_a_renamed_account_keeps_its_posts_and_its_followers(
    posts: dict[tuple[str, str], tuple[int | None, bool]],
) -> None:
    last = int(NIGHTS[-1].timestamp())
    renamed = [a for a in WORLD.accounts.values() if a.renamed_at < last]
    assert renamed
    for account in renamed:
        own = [p for p in account.posts if p.published < last and p.deleted_at > last]
        after = [p for p in own if p.published >= account.renamed_at]
        assert after
        assert all(posts[account.platform, post.post_id][0] for post in after)
