"""A handle that was renamed: the id wins, and what was known of last year stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from marts_world import channel, plan, video, youtube_pages

if TYPE_CHECKING:
    from marts_house import House, PlanTables

LAST_YEAR, THIS_YEAR = date(2025, 10, 1), date(2026, 10, 1)


def plan_with(*rows: dict[str, Any]) -> PlanTables:
    """The plan with these rows for ana's channel alone."""
    tables = plan()
    account = next(row for row in tables["accounts"] if row["account_id"] == "UCana")
    return tables | {"accounts": [account | row for row in rows]}


def build(house: House) -> None:
    """The marts of posts and audiences, without what they do not need."""
    house.make(
        "dim_accounts", "dim_posts", "fct_post_engagement_daily", "fct_audience_growth_daily"
    )


def test_a_new_handle_takes_over_the_account_and_loses_nothing(
    new_house: Callable[[], House],
) -> None:
    house = new_house()
    until, since = {"valid_to": "2025-12-31"}, {"valid_from": "2026-01-01"}
    house.land_plan(f"{LAST_YEAR}T02:00:00", plan_with({"handle": "@ana"}))
    posted = "2025-09-30T09:00:00Z"
    for day, subscribers, views in ((LAST_YEAR, "25000", "1000"), (THIS_YEAR, "31000", "1700")):
        pages = youtube_pages(
            [channel("UCana", subscribers)], [video("v", posted, views, "50", "5")], ["v"]
        )
        house.land("youtube", f"{day}T03:00:00", pages)
    house.load()
    build(house)
    facts = {
        "posts": "select post_id, account_id, influencer_id, followers_at_post"
        " from marts.dim_posts",
        "counters": "select date_day, post_id, views_to_date, views, days_spanned"
        " from marts.fct_post_engagement_daily order by all",
        "audience": "select date_day, account_id, owner_id, followers, followers_net"
        " from marts.fct_audience_growth_daily where is_observed order by all",
    }
    before = {name: house.rows(sql) for name, sql in facts.items()}
    assert before["posts"] == [("v", "UCana", "ana", 25000)]
    assert [row[:3] for row in before["counters"]] == [
        (LAST_YEAR, "v", 1000),
        (THIS_YEAR, "v", 1700),
    ]
    assert [row[3] for row in before["audience"]] == [25000, 31000]

    # The same account under its new name, from this year on.
    renamed = plan_with({"handle": "@ana"} | until, {"handle": "@ana.lives"} | since)
    house.land_plan(f"{THIS_YEAR}T04:00:00", renamed)
    house.load("run-2")
    build(house)
    assert {name: house.rows(sql) for name, sql in facts.items()} == before
    assert house.rows(
        "select account_id, handle, valid_from, valid_to from marts.dim_accounts order by handle"
    ) == [
        ("UCana", "@ana", None, date(2025, 12, 31)),
        ("UCana", "@ana.lives", date(2026, 1, 1), None),
    ]
