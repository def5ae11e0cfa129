"""Instagram's stories, public discovery, comments and tags, asked over real HTTP."""

from __future__ import annotations

import re

import pytest
import requests

from sandbox.facts import BRAND
from sandbox.moments import DAY, HOUR, iso_offset, iso_z, parse_instant
from sandbox.server import serve
from sandbox.world import World

NOW = parse_instant("2026-03-20T06:00:00Z")
METRICS = "reach,views,replies,shares,total_interactions,navigation,follows,profile_visits"


@pytest.fixture(scope="module")
def brand(world):
    return next(
        a for a in world.accounts.values() if (a.owner_id, a.platform) == (BRAND, "instagram")
    )


def story_of(accounts, *, is_lonely=False):
    return next(
        story for account in accounts["instagram"] for story in account.stories
        if (story.views_final < 5) is is_lonely
    )  # fmt: skip


def test_a_story_is_listed_for_a_day_and_then_gone_for_ever(get, accounts):
    story = story_of(accounts)
    path = f"/v25.0/{story.account_id}/stories"

    def is_listed(at):
        page = get("instagram", path, iso_z(at), fields="id,timestamp,media_product_type").json()
        return story.story_id in [node["id"] for node in page["data"]]

    begin = story.published
    seen = [is_listed(at) for at in (begin - 1, begin, begin + DAY - 1, begin + DAY)]
    assert seen == [False, True, True, False]
    page = get("instagram", path, iso_z(begin), fields="id,timestamp,media_product_type").json()
    node = next(node for node in page["data"] if node["id"] == story.story_id)
    assert node["timestamp"] == iso_offset(begin)
    assert node["media_product_type"] == "STORY"


def test_stories_are_listed_newest_first(get, accounts):
    older, newer = next(
        pair for account in accounts["instagram"]
        for pair in zip(account.stories, account.stories[1:], strict=False)
        if 0 < pair[1].published - pair[0].published < DAY
    )  # fmt: skip
    path = f"/v25.0/{older.account_id}/stories"
    page = get("instagram", path, iso_z(newer.published), fields="id").json()
    assert [node["id"] for node in page["data"]][:2] == [newer.story_id, older.story_id]


def test_a_storys_insights_grow_while_it_lives_and_end_with_it(get, accounts):
    story = story_of(accounts)
    path = f"/v25.0/{story.story_id}/insights"

    def insights(hours):
        return get("instagram", path, iso_z(story.published + hours * HOUR), metric=METRICS).json()

    early, late = (
        {entry["name"]: entry["values"][0]["value"] for entry in insights(h)["data"]}
        for h in (3, 23)
    )
    assert {*early} == {*METRICS.split(",")}
    assert 0 < early["views"] < late["views"]
    assert late["reach"] <= late["views"]
    error = insights(24)["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)
    assert get("instagram", path, iso_z(story.published), metric="likes").json()["error"]["code"]


def test_fewer_than_five_viewers_are_told_with_the_code_of_a_missing_permission(get, accounts):
    story = story_of(accounts, is_lonely=True)
    at = iso_z(story.published + 20 * HOUR)
    answer = get("instagram", f"/v25.0/{story.story_id}/insights", at, metric="reach")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 10
    assert "Not enough viewers" in answer.json()["error"]["message"]


def discover(get, asker, handle, media="", at=NOW):
    inner = f"id,username,followers_count,media_count{media}"
    fields = f"business_discovery.username({handle}){{{inner}}}"
    return get("instagram", f"/v25.0/{asker.account_id}", iso_z(at), fields=fields).json()


def test_discovery_shows_an_account_that_let_nobody_in(get, world, brand):
    closed = next(a for a in world.accounts.values() if not a.is_authorised)
    answer = discover(get, brand, closed.handle)
    assert answer["id"] == brand.account_id
    assert answer["business_discovery"] == {
        "id": closed.account_id,
        "username": closed.handle,
        "followers_count": closed.growth.followers(NOW),
        "media_count": len([p for p in closed.posts if p.published <= NOW < p.deleted_at]),
    }


def test_discovery_is_paged_by_cursors_alone(get, accounts, brand):
    account = accounts["instagram"][0]
    after, ids, shapes = "", [], []
    while after is not None:
        media = f",media.limit(5){after}{{id,like_count,comments_count,timestamp}}"
        page = discover(get, brand, account.handle, media)["business_discovery"]["media"]
        ids += [node["id"] for node in page["data"]]
        assert {*page["paging"]} == {"cursors"}
        shapes.append({*page["paging"]["cursors"]})
        cursor = page["paging"]["cursors"].get("after")
        after = f".after({cursor})" if cursor else None
    visible = [p.post_id for p in account.posts if p.published <= NOW < p.deleted_at]
    assert ids == visible[::-1]
    assert (shapes[0], shapes[1], shapes[-1]) == ({"after"}, {"before", "after"}, {"before"})


@pytest.mark.parametrize(
    ("media", "code"),
    [(",media.limit(500){id}", 1), (",media{id,reach}", 100), (",media.after(x){id}", 100)],
    ids=["too much data", "not for everybody", "no such cursor"],
)
def test_discovery_refuses_what_the_vendor_refuses(get, accounts, brand, media, code):
    account = accounts["instagram"][0]
    assert discover(get, brand, account.handle, media)["error"]["code"] == code


def test_private_renamed_and_unknown_handles_cannot_be_told_apart(get):
    world = World(seed=3, influencers=8, days=40)
    shown = [a for a in world.accounts.values() if a.platform == "instagram"]
    brand = next(a for a in shown if a.owner_id == BRAND)
    creator = next(a for a in shown if a.owner_id != BRAND)
    at = parse_instant("2026-08-20T06:00:00Z")
    creator.is_private = True
    with serve(world) as sandbox:

        def ask(handle):
            fields = f"business_discovery.username({handle}){{id}}"
            headers = {"Authorization": "Bearer sandbox-instagram-token"}
            return requests.get(
                f"{sandbox.url}/v25.0/{brand.account_id}",
                params={"fields": fields},
                headers={**headers, "X-Microlift-Clock": iso_z(at)},
                timeout=10,
            ).json()

        def refusal(handle):
            error = ask(handle)["error"]
            return error["code"], error["error_subcode"]

        assert refusal(creator.handle) == refusal("nobody") == (110, 2207013)
        creator.is_private = False
        assert ask(creator.handle)["business_discovery"]["id"] == creator.account_id
        creator.renamed_at, creator.later_handle = at, "new.name"
        assert refusal(creator.handle) == (110, 2207013)
        assert ask("new.name")["business_discovery"]["id"] == creator.account_id


def test_the_world_renames_an_account_that_its_id_still_finds(get, world):
    account = next(
        a for a in world.accounts.values() if a.platform == "instagram" and a.renamed_at < NOW
    )
    names = [
        get("instagram", f"/v25.0/{account.account_id}", iso_z(at), fields="username").json()
        for at in (account.renamed_at - 1, account.renamed_at)
    ]
    assert [n["username"] for n in names] == [account.handle, f"{account.handle}.daily"]


def test_comments_are_as_many_as_their_counter_newest_first_and_stay(get, brand):
    post = next(p for p in brand.posts if p.published < NOW - 9 * DAY and p.deleted_at > NOW)

    def read(at):
        path = f"/v25.0/{post.post_id}/comments"
        asked = {"fields": "id,timestamp,username,like_count,from{id,username}", "limit": "20"}
        page = get("instagram", path, iso_z(at), **asked).json()
        rows = page["data"]
        while "next" in page.get("paging", {}):
            after = page["paging"]["cursors"]["after"]
            page = get("instagram", path, iso_z(at), **asked, after=after).json()
            rows += page["data"]
        return rows

    rows = read(NOW)
    assert len(rows) == post.counters(NOW).comments > 20
    assert len({row["id"] for row in rows}) == len(rows)
    stamps = [row["timestamp"] for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", stamp) for stamp in stamps)
    assert "text" not in rows[0]
    assert {"from" in row for row in rows} == {True, False}
    before = read(NOW - 8 * DAY)
    assert rows[-len(before) :] == before
    assert all(parse_instant(row["timestamp"]) <= NOW - 8 * DAY for row in before)


def test_sponsored_posts_of_others_tag_the_brand_and_nobody_else(get, accounts, brand, world):
    asked = {"fields": "id,username,timestamp,caption,media_type,permalink", "limit": "100"}
    tags = get("instagram", f"/v25.0/{brand.account_id}/tags", **asked).json()["data"]
    strangers = {post.post_id for account in world.strangers for post in account.posts}
    assert {tag["id"] for tag in tags} & strangers
    for tag in (tag for tag in tags if tag["id"] not in strangers):
        post = world.posts["instagram", tag["id"]]
        assert post.collaboration_id is not None
        assert tag["username"] == world.accounts["instagram", post.account_id].handle_at(NOW)
    other = accounts["instagram"][0]
    if other is brand:
        other = accounts["instagram"][1]
    assert get("instagram", f"/v25.0/{other.account_id}/tags", **asked).json() == {"data": []}
