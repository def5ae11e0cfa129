"""Who an account is: merged, split, sold, private, two at once. What was known of last year stays.

A renamed handle has a test of its own (`test_renamed_handle.py`). Rows are worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from marts_world import channel, plan, video, youtube_pages

from microlift.plan.plan import follow_merges

if TYPE_CHECKING:
    from marts_house import House, PlanTables

LAST_YEAR, THIS_YEAR = date(2025, 10, 1), date(2026, 10, 1)
MODELS = (
    *("dim_influencers", "dim_posts", "dim_account_handles", "fct_interactions"),
    *("rpt_relationships", "quarantine"),
)


def influencer(name: str, **more: Any) -> dict[str, Any]:
    row = {"influencer_id": name, "name": name.title(), "country": "DE", "category": None}
    return row | {"merged_into": None} | more


def account(owner: str, first: str | None = None, last: str | None = None) -> dict[str, Any]:
    return {
        "owner_id": owner,
        "platform": "youtube",
        "account_id": "UCduo",
        "handle": "@duo",
        "is_authorised": True,
        "valid_from": first,
        "valid_to": last,
    }


def deal(name: str, influencer_id: str, year: int, **more: Any) -> dict[str, Any]:
    return {
        "collaboration_id": name,
        "campaign_id": "autumn",
        "influencer_id": influencer_id,
        "starts_on": f"{year}-09-01",
        "ends_on": f"{year}-10-31",
        **more,
    }


def written(
    influencers: list[dict[str, Any]], accounts: list[dict[str, Any]], deals: list[dict[str, Any]]
) -> PlanTables:
    """A plan of these rows and one post of each deal, as it is landed."""
    years = {d["collaboration_id"]: d["starts_on"][:4] for d in deals}
    posts = [
        {"platform": "youtube", "post_id": f"v{year}", "collaboration_id": name}
        for name, year in years.items()
    ]
    contact = {"interaction_id": "i1", "influencer_id": "ben", "happened_on": "2025-08-01"}
    tables = plan() | {
        "influencers": influencers,
        "accounts": accounts,
        "collaborations": deals,
        "posts": posts,
        "interactions": [contact | {"kind": "call"}],
        **{name: [] for name in ("costs", "codes", "links")},
    }
    tables = deepcopy(tables)  # a merge is written into the rows, and others use these
    follow_merges(tables)
    return tables


@pytest.fixture(scope="module")
def duo(new_house: Callable[[], House]) -> House:
    """A channel with a video of each year; its plan is landed anew by every test."""
    house = new_house()
    for day, handle in ((LAST_YEAR, "@duo"), (THIS_YEAR, "@duo.new")):
        told = channel("UCduo", "25000") | {"snippet": {"customUrl": handle}}
        posted = f"{day.year}-09-30T09:00:00Z"
        text = {"account_id": "UCduo", "description": "Take ANA10 or BEN10 #ad"}
        shown = video(f"v{day.year}", posted, "1000", "50", "5", **text)
        pages = youtube_pages([told], [shown], [f"v{day.year}"])
        house.land("youtube", f"{day}T03:00:00", pages)
    return house


def build(house: House, at: str, tables: PlanTables) -> None:
    house.land_plan(at, tables)
    house.load(at)
    house.make(*MODELS)


def owners(house: House) -> list[tuple[Any, ...]]:
    return house.rows(
        "select post_id, influencer_id, collaboration_id from marts.dim_posts order by post_id"
    )


def relationships(house: House) -> list[tuple[Any, ...]]:
    return house.rows(
        "select influencer_id, collaborations, sponsored_posts, contacts"
        " from marts.rpt_relationships order by influencer_id"
    )


ANA, BEN = influencer("ana"), influencer("ben")
BOTH = [deal("d25", "ben", 2025), deal("d26", "ana", 2026)]
SOLD = [account("ben", None, "2025-12-31"), account("ana", "2026-01-01")]


def test_an_account_that_changes_its_owner_takes_no_post_along(duo: House) -> None:
    build(duo, "2026-10-01T04:00:00", written([ANA, BEN], SOLD, BOTH))
    assert owners(duo) == [("v2025", "ben", "d25"), ("v2026", "ana", "d26")]
    assert relationships(duo) == [("ana", 1, 1, 0), ("ben", 1, 1, 1)]
    assert duo.rows(
        "select handle, told_by, first_seen_on, last_seen_on, is_newest"
        " from marts.dim_account_handles order by told_by, handle"
    ) == [
        ("duo", "plan", None, THIS_YEAR, True),
        ("duo", "vendor", LAST_YEAR, LAST_YEAR, False),
        ("duo.new", "vendor", THIS_YEAR, THIS_YEAR, True),
    ]


def test_two_influencers_who_are_one_add_up_and_lose_nothing(duo: House) -> None:
    build(duo, "2026-10-01T04:10:00", written([ANA, BEN | {"merged_into": "ana"}], SOLD, BOTH))
    assert owners(duo) == [("v2025", "ana", "d25"), ("v2026", "ana", "d26")]
    assert relationships(duo) == [("ana", 2, 2, 1)]
    assert duo.rows("select influencer_id, merged_ids from marts.dim_influencers") == [
        ("ana", ["ben"])
    ]


def test_one_influencer_who_becomes_two_keeps_last_years_deals(duo: House) -> None:
    pair = [influencer("duo"), ANA, BEN]
    split = [account("duo", None, "2025-12-31"), account("ana", "2026-01-01")]
    build(
        duo,
        "2026-10-01T04:20:00",
        written(pair, split, [deal("d25", "duo", 2025), deal("d26", "ana", 2026)]),
    )
    assert owners(duo) == [("v2025", "duo", "d25"), ("v2026", "ana", "d26")]
    assert relationships(duo) == [("ana", 1, 1, 0), ("ben", 0, 0, 1), ("duo", 1, 1, 0)]


def test_an_account_of_two_owners_at_once_is_nobodys_and_in_quarantine(duo: House) -> None:
    at_once = [account("ben"), account("ana", "2026-01-01")]  # the plan's check refuses this
    build(duo, "2026-10-01T04:30:00", written([ANA, BEN], at_once, []))
    assert owners(duo) == [("v2025", "ben", None), ("v2026", None, None)]
    quarantined = "select table_name, key, reason, payload from quality.quarantine"
    assert duo.rows(quarantined) == [
        (
            "stg_plan__accounts",
            "youtube/UCduo",
            "account_of_two_owners",
            '{"owner_id":"ana","other_owner_id":"ben"}',
        )
    ]


def test_a_handle_seen_under_two_ids_at_once_is_in_quarantine(duo: House) -> None:
    other = account("ben") | {"account_id": "UCother", "handle": "duo.NEW"}
    build(duo, "2026-10-01T04:40:00", written([ANA, BEN], [account("ana"), other], []))
    assert duo.rows(
        "select key, reason, payload ->> 'told_by' from quality.quarantine order by key"
    ) == [
        ("youtube/duo.new/UCduo", "handle_of_two_accounts", "vendor"),
        ("youtube/duo.new/UCother", "handle_of_two_accounts", "plan"),
    ]


def test_a_post_after_the_end_of_its_deal_is_late_not_missing_and_punctual_where_due_later(
    duo: House,
) -> None:
    ended = deal("d26", "ana", 2026, posts_due=1) | {"ends_on": "2026-09-28"}
    due_later = deal("d25", "ben", 2025, posts_due=1, posts_due_on="2025-09-30")
    tables = written([ANA, BEN], SOLD, [due_later | {"ends_on": "2025-09-10"}, ended])
    codes = [
        {"code": code, "collaboration_id": name, "valid_from": None, "valid_to": None}
        for code, name in (("ANA10", "d26"), ("BEN10", "d25"))
    ]
    build(duo, "2026-10-01T04:45:00", dict(tables) | {"posts": [], "codes": codes})
    assert owners(duo) == [("v2025", "ben", "d25"), ("v2026", "ana", "d26")]
    assert duo.rows(
        "select influencer_id, posts_due, posts_on_time, posts_late, posts_missing, on_time_rate"
        " from marts.rpt_relationships order by influencer_id"
    ) == [("ana", 1, 0, 1, 0, 0), ("ben", 1, 1, 0, 0, 1)]


def test_posts_that_fell_due_in_a_private_spell_are_unknown_not_missing(duo: House) -> None:
    # Nobody saw the channel between the two years: its deal of last winter cannot be judged.
    unseen = deal("d25w", "ana", 2025, posts_due=2) | {"starts_on": "2025-11-01"}
    unseen["ends_on"] = "2025-12-20"
    tables = written([ANA, BEN], [account("ana")], [unseen])
    build(duo, "2026-10-01T04:50:00", dict(tables) | {"posts": []})
    assert duo.rows(
        "select deals_due, deals_due_unknown, posts_due, posts_missing, on_time_rate"
        " from marts.rpt_relationships where influencer_id = 'ana'"
    ) == [(1, 1, None, None, None)]
