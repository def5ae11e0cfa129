"""Counters as vendors should not send them: every row worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from marts_world import channel, plan, video, youtube_pages

if TYPE_CHECKING:
    from marts_house import House

# The fourth is missed altogether.
DAYS = tuple(date(2026, 10, day) for day in (1, 2, 3, 5, 6))
PUBLISHED = "2026-09-20T09:00:00Z"
MODELS = (
    "fct_engagement_daily",
    "rpt_engagement",
    "fct_audience_growth_daily",
    "dim_posts",
    "dim_influencers",
)

# (views, likes) of each night; None: the post is not among the answers.
RESTARTS = ((1000, 10), (1100, 12), (50, 1), (80, 2), (90, 2))
HIDES_LIKES = ((10, 5), (20, 6), (30, None), (40, None), (50, 9))
DELETED_AND_RESTORED = ((100, 10), (110, 11), None, None, (140, 13))
# The platform takes three likes back in a day, as it does with those of accounts that it removes.
CORRECTED = ((500, 40), (510, 42), (520, 39), (525, 41), (530, 41))
PRIVATE_FOR_A_WHILE = ((300, 30), (310, 31), None, None, (330, 35))
FOLLOWERS_OF_THE_PRIVATE_ONE = ("900", "910", None, None, "930")
# An influencer outgrows a tier between two posts of one deal.
FOLLOWERS_OF_THE_GROWING_ONE = ("99500", "99900", "100000", "101000", "98000")
GROWS = {"small": "2026-10-02T09:00:00Z", "large": "2026-10-05T09:00:00Z"}
POSTS = {"restarts": RESTARTS, "hides": HIDES_LIKES, "restored": DELETED_AND_RESTORED}
OF_OTHERS = {"private": (PRIVATE_FOR_A_WHILE, "cleo"), "corrected": (CORRECTED, "ben")}


def _plan() -> dict[str, list[dict[str, Any]]]:
    tables = plan()
    account = next(row for row in tables["accounts"] if row["account_id"] == "UCana")
    for owner in ("ben", "cleo", "dora"):
        tables["accounts"].append(account | {"owner_id": owner, "account_id": f"UC{owner}"})
    told = [(post_id, "d-ana") for post_id in POSTS]
    told += [(post_id, f"d-{owner}") for post_id, (_, owner) in OF_OTHERS.items()]
    told += [(post_id, "d-dora") for post_id in GROWS]
    tables["posts"] = [
        {"platform": "youtube", "post_id": post_id, "collaboration_id": deal}
        for post_id, deal in told
    ]
    # a campaign with a deal and nothing posted
    campaign, deal = tables["campaigns"][0], tables["collaborations"][0]
    tables["campaigns"].append(campaign | {"campaign_id": "winter"})
    tables["collaborations"].append(
        deal | {"collaboration_id": "d-winter", "campaign_id": "winter", "influencer_id": "eli"}
    )
    return tables


def _videos(night: int) -> Iterator[dict[str, Any]]:
    listed = {post_id: (nights, "ana") for post_id, nights in POSTS.items()} | OF_OTHERS
    for post_id, (nights, owner) in listed.items():
        counts = nights[night]
        if counts is not None:
            views, likes = counts
            shown = None if likes is None else str(likes)
            yield video(post_id, PUBLISHED, str(views), shown, "0", account_id=f"UC{owner}")
    for post_id, published in GROWS.items():
        if published < f"{DAYS[night]}T03":
            yield video(post_id, published, "900", "90", "0", account_id="UCdora")


@pytest.fixture(scope="module")
def house(new_house: Callable[[], House]) -> House:
    """Five nights, built."""
    house = new_house()
    house.land_plan("2026-10-01T02:00:00", _plan())
    for night, day in enumerate(DAYS):
        followers = FOLLOWERS_OF_THE_PRIVATE_ONE[night]
        channels = [channel("UCana", "999"), channel("UCdora", FOLLOWERS_OF_THE_GROWING_ONE[night])]
        channels += [channel("UCcleo", followers)] if followers else []
        pages = youtube_pages(channels, list(_videos(night)), [*POSTS, *GROWS, *OF_OTHERS])
        house.land("youtube", f"{day}T03:00:00", pages)
    house.load()
    house.make(*MODELS)
    return house


def counters(house: House, post_id: str) -> list[tuple[Any, ...]]:
    return house.rows(
        "select date_day, views, views_to_date, likes, days_spanned, is_correction"  # noqa: S608
        f" from marts.fct_post_engagement_daily where post_id = '{post_id}' order by date_day"
    )


def test_a_counter_that_restarts_falls_once_and_goes_on_from_there(house: House) -> None:
    assert counters(house, "restarts") == [
        (DAYS[0], None, 1000, None, None, False),
        (DAYS[1], 100, 1100, 2, 1, False),
        (DAYS[2], -1050, 50, -11, 1, True),
        (DAYS[3], 30, 80, 1, 2, False),
        (DAYS[4], 10, 90, 0, 1, False),
    ]


def test_a_few_likes_taken_back_are_a_negative_day_and_the_sum_is_the_last_count(
    house: House,
) -> None:
    assert counters(house, "corrected") == [
        (DAYS[0], None, 500, None, None, False),
        (DAYS[1], 10, 510, 2, 1, False),
        (DAYS[2], 10, 520, -3, 1, True),
        (DAYS[3], 5, 525, 2, 2, False),
        (DAYS[4], 5, 530, 0, 1, False),
    ]
    assert house.rows(
        "select date_day, views, engagements from marts.fct_engagement_daily"
        " where influencer_id = 'ben' order by date_day"
    ) == [
        (DAYS[0], None, None),
        (DAYS[1], 10, 2),
        (DAYS[2], 10, -3),
        (DAYS[3], 5, 2),
        (DAYS[4], 5, 0),
    ]
    assert house.rows(
        "select posts, views, engagements from marts.rpt_engagement where influencer_id = 'ben'"
    ) == [(1, 530, 41)]


def test_likes_that_were_hidden_for_a_while_grew_from_their_own_last_value(house: House) -> None:
    assert counters(house, "hides") == [
        (DAYS[0], None, 10, None, None, False),
        (DAYS[1], 10, 20, 1, 1, False),
        (DAYS[2], 10, 30, None, 1, False),
        (DAYS[3], 10, 40, None, 2, False),
        (DAYS[4], 10, 50, 3, 1, False),
    ]


def test_a_restored_post_is_not_gone_and_its_gap_is_spanned(house: House) -> None:
    assert counters(house, "restored") == [
        (DAYS[0], None, 100, None, None, False),
        (DAYS[1], 10, 110, 1, 1, False),
        (DAYS[4], 30, 140, 2, 4, False),
    ]
    assert house.rows("select removed_on from marts.dim_posts where post_id = 'restored'") == [
        (None,)
    ]


def test_a_private_spell_is_a_gap_in_posts_and_followers_alike(house: House) -> None:
    assert counters(house, "private") == [
        (DAYS[0], None, 300, None, None, False),
        (DAYS[1], 10, 310, 1, 1, False),
        (DAYS[4], 20, 330, 4, 4, False),
    ]
    found = house.rows(
        "select date_day, followers, followers_net, days_spanned, is_observed"
        " from marts.fct_audience_growth_daily where account_id = 'UCcleo' order by date_day"
    )
    assert found == [
        (date(2026, 10, 1), 900, None, None, True),
        (date(2026, 10, 2), 910, 10, 1, True),
        *((date(2026, 10, day), None, None, None, False) for day in (3, 4, 5)),
        (date(2026, 10, 6), 930, 20, 4, True),
    ]


def test_the_days_of_a_deal_say_how_many_of_its_posts_they_know(house: House) -> None:
    found = house.rows(
        "select date_day, posts, views, views_coverage::double, engagements,"
        " engagements_coverage::double from marts.fct_engagement_daily"
        " where influencer_id = 'ana' order by date_day"
    )
    third = 0.333333
    assert found == [
        (DAYS[0], 3, None, 0.0, None, 0.0),
        (DAYS[1], 3, 120, 1.0, 4, 1.0),
        (DAYS[2], 2, -1040, 0.666667, -11, third),
        (DAYS[3], 2, 40, 0.666667, 1, third),
        (DAYS[4], 3, 50, 1.0, 5, 1.0),
    ]


def test_a_campaign_without_posts_has_no_row_and_no_zero(house: House) -> None:
    found = "select count(*) from marts.{} where campaign_id = 'winter'"
    assert house.rows(found.format("dim_campaigns")) == [(1,)]
    for mart in ("rpt_engagement", "fct_engagement_daily"):
        assert house.rows(found.format(mart)) == [(0,)]
    assert house.rows(
        "select posts, engagements, coverage::double from marts.rpt_engagement"
        " where influencer_id = 'ana'"
    ) == [(3, 2 + 9 + 13, 1.0)]


def test_who_outgrows_a_tier_in_mid_campaign_has_each_post_in_the_tier_of_its_day(
    house: House,
) -> None:
    found = house.rows(
        "select post_id, followers_at_post, tier_at_post from marts.dim_posts"
        " where collaboration_id = 'd-dora' order by published_at"
    )
    assert found == [("small", 99_925, "micro"), ("large", 100_250, "macro")]
    # falling back below the bound changes no post, only what the influencer is now
    assert house.rows("select tier from marts.dim_influencers where influencer_id = 'dora'") == [
        ("micro",)
    ]


def test_a_count_read_at_night_closes_the_day_before(house: House) -> None:
    found = house.rows(
        "select date_day, followers_net, days_spanned, closing_day"
        " from marts.fct_audience_growth_daily where account_id = 'UCcleo' and is_observed"
        " order by date_day"
    )
    assert found == [
        (date(2026, 10, 1), None, None, date(2026, 9, 30)),
        (date(2026, 10, 2), 10, 1, date(2026, 10, 1)),
        (date(2026, 10, 6), 20, 4, date(2026, 10, 5)),
    ]
