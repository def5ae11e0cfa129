"""The generated world: the same from the same seed, rich enough, and true to its own truth."""

from __future__ import annotations

import time
from datetime import date

import pytest

from sandbox.moments import DAY, day_number, day_start, parse_instant
from sandbox.order_book import FOREVER
from sandbox.orders import net_revenue
from sandbox.world import World

NOW = parse_instant("2026-03-20T06:00:00Z")


def fingerprint(world):
    return (
        [(p.post_id, p.published, p.counters(NOW)) for p in world.world_posts],
        [(o.number, o.created, o.subtotal, o.codes, o.refunds) for o in world.orders.orders],
        [(a.account_id, a.growth.followers(NOW)) for a in world.accounts.values()],
        world.plan().rows,
        world.rates,
    )


def test_a_seed_gives_the_same_world_and_another_seed_another_one():
    first, again, other = (World(s, 12, 40, date(2026, 1, 1)) for s in (3, 3, 4))
    assert fingerprint(first) == fingerprint(again)
    assert all(a != b for a, b in zip(fingerprint(first), fingerprint(other), strict=True))


def test_a_year_of_200_influencers_is_built_in_three_seconds():
    begin = time.process_time()  # of this process alone: other tests run beside it
    world = World(seed=7, influencers=200, days=365, start=date(2026, 1, 1))
    assert time.process_time() - begin < 3
    assert len(world.influencers) == 200
    assert len(world.posts) > 8_000
    assert len(world.orders.orders) > 20_000
    platforms = [account.platform for account in world.accounts.values()]
    platforms = [platform for platform in platforms if platform != "tiktok"]
    assert 0.38 < platforms.count("instagram") / len(platforms) < 0.55


def test_there_are_influencers_of_every_tier_and_most_are_micro(world):
    sizes = [influencer.followers for influencer in world.influencers]
    tiers = [sum(s >= bound for bound in (10_000, 100_000, 1_000_000)) for s in sizes]
    assert set(tiers) == {0, 1, 2, 3}
    assert tiers.count(1) > len(tiers) / 2


def test_counters_mostly_rise_and_sometimes_fall(world):
    rises = fewer_views = fewer_likes = 0
    for post in world.world_posts:
        if post.deleted_at < FOREVER:
            continue
        for day in range(30):
            before = post.counters(post.published + day * DAY)
            after = post.counters(post.published + (day + 1) * DAY)
            if before is None or after is None:  # private for a while
                continue
            fewer_views += after.views < before.views
            fewer_likes += after.likes < before.likes
            rises += after.views > before.views
    assert 0 < fewer_views < rises / 100
    assert 0 < fewer_likes < rises / 100


def test_followers_move_by_what_was_gained_and_lost(world):
    for account in world.accounts.values():
        if account.hides_followers:
            continue
        day = day_number(date(2026, 2, 10))
        figures = account.growth.figures(day)
        opening = account.growth.followers(day * DAY)
        closing = account.growth.followers((day + 1) * DAY)
        assert closing - opening == figures.gained - figures.lost


def test_some_campaigns_lift_the_brands_followers_and_others_do_not(world):
    lifts = world.truth().lifts
    by_campaign = {c.campaign_id: c for c in world.campaigns}
    assert len(by_campaign) >= 3
    for (campaign_id, _), gained in lifts.items():
        assert (gained > 0) == (by_campaign[campaign_id].lift > 0)
    assert {gained > 0 for gained in lifts.values()} == {True, False}


def test_the_truth_names_a_cause_for_every_order_that_has_one(world):
    truth = world.truth()
    assert len(truth.causes) == len(world.orders.orders)
    caused = sum(cause is not None for cause in truth.causes.values())
    assert 0.1 < caused / len(truth.causes) < 0.8
    assert sum(r.orders for r in truth.returns.values()) <= caused
    roi = [r.roi_margin for r in truth.returns.values()]
    assert min(roi) < 0 < max(roi)


def test_the_truth_of_an_instant_knows_later_orders_and_refunds_not_yet(world):
    then, final = world.truth(NOW), world.truth()
    assert len(then.causes) == sum(o.created <= NOW for o in world.orders.orders)
    assert len(then.causes) < len(final.causes)
    shared = [number for number in then.causes if number in final.net_revenue_eur]
    assert any(then.net_revenue_eur[n] > final.net_revenue_eur[n] for n in shared)
    edited = {str(order.number) for order in world.orders.orders if order.edits}
    grown = {n for n in shared if then.net_revenue_eur[n] < final.net_revenue_eur[n]}
    assert grown <= edited


def test_tests_and_cancelled_orders_earn_nothing(world):
    for order in world.orders.orders:
        assert 0 <= net_revenue(order) <= order.subtotal + order.added(FOREVER)
        if order.is_test or order.cancelled_at < FOREVER:
            assert net_revenue(order) == 0


def test_few_orders_hold_a_gift_card_a_second_code_or_a_later_edit(world):
    orders = world.orders.orders
    cards = [order for order in orders if order.gift_card]
    assert 0 < len(cards) < len(orders) / 20
    twice = [order for order in orders if order.second_discount]
    assert twice
    assert all(0 < order.second_discount < order.discount for order in twice)
    assert all(order.codes[-1] == "WELCOME5" for order in twice)
    edits = [(order, edit) for order in orders for edit in order.edits]
    late = [edit for order, edit in edits if edit.at > order.created + 33 * DAY]
    assert 0 < len(late) < len(edits) < len(orders) / 20


def test_one_code_is_reused_in_a_later_period_by_another_influencer(world):
    reused = [d for d in world.collaborations if d.code == "GLOW15"]
    first, later = sorted(reused, key=lambda deal: deal.starts_on)
    assert first.influencer_id != later.influencer_id
    assert first.code_until < later.starts_on


def test_refunds_come_days_to_weeks_after_the_order(world):
    delays = [
        refund.at - order.created
        for order in world.orders.orders for refund in order.refunds
        if order.cancelled_at == FOREVER
    ]  # fmt: skip
    assert min(delays) >= DAY
    assert max(delays) > 21 * DAY


def test_every_sponsored_post_lies_within_its_deal(world):
    deals = {deal.collaboration_id: deal for deal in world.collaborations}
    sponsored = [p for p in world.world_posts if p.collaboration_id]
    assert sponsored
    for post in sponsored:
        deal = deals[post.collaboration_id]
        assert day_start(deal.starts_on) <= post.published < day_start(deal.ends_on) + 2 * DAY


@pytest.mark.parametrize(("influencers", "days"), [(2, 1), (3, 5), (9, 14)])
def test_small_worlds_hold_together(influencers, days):
    world = World(1, influencers, days, date(2026, 1, 1))
    assert world.truth().returns
    assert world.plan().rows["accounts"]


def test_a_world_of_nobody_is_refused():
    with pytest.raises(ValueError, match="at least two influencers"):
        World(1, 1, 10)


def test_leaked_codes_come_in_late_bursts_that_nobody_caused(world):
    leaked = [order for order in world.orders.orders if order.leaked_from]
    assert leaked
    assert {str(order.number) for order in leaked} == set(world.truth().leaks)
    deals = {deal.collaboration_id: deal for deal in world.collaborations}
    for order in leaked:
        assert order.cause is None
        assert order.codes == (deals[order.leaked_from].code,)
        posts = [p.published for p in world.world_posts if p.collaboration_id == order.leaked_from]
        assert all(order.created > at + 5 * DAY for at in posts if at < order.created)


def test_most_answers_to_the_survey_that_name_an_influencer_are_true(world):
    people = {person.influencer_id: person.name for person in world.influencers}
    deals = {deal.collaboration_id: people[deal.influencer_id] for deal in world.collaborations}
    named = [order for order in world.orders.orders if order.survey in people.values()]
    assert named
    assert all(deals[order.cause] == order.survey for order in named)
