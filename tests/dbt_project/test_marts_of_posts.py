"""Posts, their counters and audiences, worked out by hand from `marts_world.py`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marts_house import House


OCT_1, OCT_2, OCT_3, OCT_4 = (date(2026, 10, day) for day in (1, 2, 3, 4))


def counters(world: House, post_id: str, columns: str) -> list[tuple[object, ...]]:
    rows = f"select date_day, {columns} from marts.fct_post_engagement_daily where post_id ="  # noqa: S608
    return world.rows(f"{rows} '{post_id}' order by date_day")


def test_daily_values_are_differences_that_span_gaps_and_keep_corrections(world: House) -> None:
    columns = "views_to_date, views, likes_to_date, likes, days_spanned, is_correction"
    assert counters(world, "v_old", columns) == [
        (OCT_1, 1000, None, 50, None, None, False),
        (OCT_2, 1100, 100, 45, -5, 1, True),
        (OCT_4, 1250, 150, 47, 2, 2, False),
    ]


def test_comments_that_are_switched_off_and_hidden_likes_are_never_zero(world: House) -> None:
    columns = "comments_to_date, comments, engagements_to_date, engagements"
    assert counters(world, "v_old", columns) == [
        (day, None, None, None, None) for day in (OCT_1, OCT_2, OCT_4)
    ]
    assert counters(world, "v_told", "likes_to_date, likes, engagements_to_date") == [
        (OCT_1, None, None, None),
        (OCT_4, None, None, None),
    ]


def test_a_post_met_on_its_first_night_counts_from_zero(world: House) -> None:
    columns = "views, engagements, engagements_to_date, days_spanned"
    assert counters(world, "v_new", columns) == [(OCT_2, 500, 25, 25, 1), (OCT_4, 300, 12, 37, 2)]
    assert counters(world, "v_late", columns) == [(OCT_4, None, None, 4, None)]


def test_insights_go_before_the_list_column_by_column(world: House) -> None:
    columns = (
        "views_to_date, reach_to_date, likes_to_date, comments_to_date, shares_to_date,"
        " saves_to_date, engagements_to_date, engagements"
    )
    assert counters(world, "m1", columns) == [
        (OCT_2, 1500, 900, 100, 9, 5, 7, 114, 114),
        (OCT_4, None, 950, 110, 10, None, None, None, None),
    ]
    assert counters(world, "m2", columns) == [
        (OCT_2, None, None, 40, 2, None, None, None, None),
        (OCT_4, None, None, 44, 2, None, None, None, None),
    ]


def test_a_stream_that_the_raw_gate_refused_is_not_seen(world: House) -> None:
    assert world.rows("select max(date_day) from marts.fct_post_engagement_daily") == [(OCT_4,)]


def test_posts_know_their_deal_their_audience_and_their_disclosure(world: House) -> None:
    found = world.rows(
        "select post_id, influencer_id, collaboration_id, match_rule, followers_at_post,"
        " followers_rule, tier_at_post, is_disclosed, removed_on"
        " from marts.dim_posts order by post_id"
    )
    assert found == [
        ("m1", "ben", "d-ben", "hashtag", 12006, "between", "micro", True, None),
        ("m2", "ben", None, None, 12000, "after", "micro", False, None),
        ("m3", "ben", None, None, 12000, "after", "micro", None, OCT_4),  # no caption: unknown
        ("s1", "ben", "d-ben", "explicit", 12000, "between", "micro", None, None),
        ("v_gone", "ana", None, None, None, None, None, False, OCT_2),
        ("v_late", "ana", None, None, 25004, "between", "micro", False, None),
        ("v_new", "ana", "d-ana", "code", 25000, "between", "micro", True, None),
        ("v_old", "ana", None, None, None, None, None, False, None),  # 11 days before the first
        ("v_sold_1", "dora", None, None, None, None, None, False, None),
        ("v_sold_2", "eli", None, None, None, None, None, False, None),
        ("v_told", "ana", "d-ana", "explicit", None, None, None, True, None),
    ]


def test_rates_are_sums_over_sums_with_their_coverage(world: House) -> None:
    found = world.rows(
        "select influencer_id, platform, posts, views, reach_post_summed, engagements,"
        " er_followers, er_reach, er_views, er_median, er_vs_own_baseline, coverage, cpe, cpv"
        " from marts.rpt_engagement order by influencer_id"
    )
    d = Decimal
    assert found == [
        # v_new and v_told; one organic post is no baseline
        ("ana", "youtube", 2, 875, None, 37, d("0.001480"), None, d("0.046250"), d("0.001480"),
         None, d("0.500000"), d("13.728784"), d("1.161063")),
        # the last known total of each metric; no organic post has engagements
        ("ben", "instagram", 1, 1500, 950, 114, d("0.009495"), d("0.120000"), d("0.076000"),
         d("0.009495"), None, d("1.000000"), d("0.877193"), d("0.066667")),
    ]  # fmt: skip


def test_a_story_keeps_its_last_values_and_a_day_without_a_look_has_a_row(world: House) -> None:
    found = world.rows(
        "select post_id, starts_at::varchar, ends_at::varchar, influencer_id, campaign_id,"
        " is_missed, is_captured, views, reach from marts.fct_stories order by starts_at"
    )
    assert found == [
        ("s1", "2026-10-01 03:30:00", "2026-10-02 03:30:00", "ben", "autumn", False, True, 800,
         None),
        (None, "2026-10-02 03:00:00", "2026-10-03 03:00:00", "ben", None, True, None, None, None),
        # since the last look, up to the newest observation of anything
        (None, "2026-10-04 03:00:00", "2026-11-09 06:00:00", "ben", None, True, None, None, None),
    ]  # fmt: skip
    assert counters(world, "s1", "views_to_date, engagements_to_date") == [(OCT_2, 800, None)]
    assert world.rows(
        "select account_id, stories, stories_captured, capture_share, spans_missed, hours_missed"
        " from marts.rpt_story_capture"
    ) == [("1784001", 1, 1, Decimal("1.000000"), 2, Decimal("891.00"))]


def test_engagement_by_day_says_how_many_posts_it_knows(world: House) -> None:
    found = world.rows(
        "select influencer_id, date_day, posts, views, views_coverage, engagements,"
        " engagements_coverage from marts.fct_engagement_daily order by all"
    )
    none, half, full = Decimal("0.000000"), Decimal("0.500000"), Decimal("1.000000")
    assert found == [
        ("ana", OCT_1, 1, None, none, None, none),
        # a second post, known since the day before, was not among the answers
        ("ana", OCT_2, 1, 500, half, 25, half),
        ("ana", OCT_4, 2, 305, full, 12, half),
        ("ben", OCT_2, 1, 1500, full, 114, full),
        ("ben", OCT_4, 1, None, none, None, none),
    ]


def test_audience_growth_shows_the_days_on_which_nobody_looked(world: House) -> None:
    found = world.rows(
        "select account_id, date_day, owner_id, followers, followers_gained, followers_lost,"
        " followers_net, days_spanned, is_observed, is_rounded, campaign_ids"
        " from marts.fct_audience_growth_daily where account_id in ('1784001', 'UCana')"
        " order by account_id, date_day"
    )
    autumn = ["autumn"]
    assert found == [
        # restated from 15 to 16; the restatement leaves the lost ones out, so there were none
        ("1784001", OCT_1, "ben", 12000, 16, 0, None, None, True, False, autumn),
        ("1784001", OCT_2, "ben", 12010, None, None, 10, 1, True, False, autumn),
        ("1784001", OCT_3, "ben", None, None, None, None, None, False, None, autumn),
        ("1784001", OCT_4, "ben", 12005, None, None, -5, 2, True, False, autumn),
        ("UCana", OCT_1, "ana", 25000, None, None, None, None, True, True, autumn),
        ("UCana", OCT_2, "ana", 25000, None, None, 0, 1, True, True, autumn),
        ("UCana", OCT_3, "ana", None, None, None, None, None, False, None, autumn),
        ("UCana", OCT_4, "ana", 25100, None, None, 100, 2, True, True, autumn),
    ]


def test_hidden_followers_are_unknown_and_a_handle_follows_its_owner(world: House) -> None:
    found = world.rows(
        "select date_day, owner_id, followers, is_observed, campaign_ids"
        " from marts.fct_audience_growth_daily where account_id = 'UCsold' order by date_day"
    )
    assert found == [
        (OCT_1, "dora", None, False, ["autumn"]),
        (OCT_2, "eli", None, False, []),
        (OCT_3, "eli", None, False, []),
        (OCT_4, "eli", None, False, []),
    ]


def test_influencers_have_the_tier_of_their_largest_account(world: House) -> None:
    found = world.rows(
        "select influencer_id, tier, followers_total, first_seen_on"
        " from marts.dim_influencers order by influencer_id"
    )
    assert found == [
        ("ana", "micro", 25100, OCT_1),
        ("ben", "micro", 12005, OCT_1),
        ("cleo", None, None, None),
        ("dora", None, None, OCT_1),
        ("eli", None, None, OCT_2),
    ]
