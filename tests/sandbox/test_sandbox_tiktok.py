"""TikTok's two wire formats, asked over real HTTP."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests

from sandbox.credentials import BY_ACCOUNT, account_token
from sandbox.facts import NEVER
from sandbox.moments import DAY, day_of, iso_z, parse_instant
from sandbox.server import serve
from sandbox.vendors.tiktok import TikTokRules

CLOCK = "2026-03-20T06:00:00Z"
NOW = parse_instant(CLOCK)
FIELDS = "id,create_time,video_description,view_count,like_count"


@pytest.fixture
def account(accounts):
    return accounts["tiktok"][1]


def renewed(url, refresh_token, at=CLOCK):
    """What the token endpoint answers to a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    form |= BY_ACCOUNT["tiktok"][1]
    headers = {"X-Microlift-Clock": at}
    return requests.post(f"{url}/v2/oauth/token/", data=form, headers=headers, timeout=10)


def display(sandbox, account, path, at=CLOCK, *, body=None, fields=FIELDS):
    """An answer of the Display API to the owner of the account."""
    given = renewed(sandbox.url, account_token("tiktok", account.account_id), at).json()
    headers = {"X-Microlift-Clock": at, "Authorization": f"Bearer {given['access_token']}"}
    method = "GET" if body is None else "POST"
    return requests.request(
        method, f"{sandbox.url}{path}", params={"fields": fields}, json=body, headers=headers,
        timeout=10,
    )  # fmt: skip


def listed(sandbox, account, at=CLOCK, size=4):
    """Every video of the list, and the lengths of its pages."""
    videos, lengths, cursor = [], [], {}
    while True:
        body = {"max_count": size, **cursor}
        data = display(sandbox, account, "/v2/video/list/", at, body=body).json()["data"]
        videos += data["videos"]
        lengths.append(len(data["videos"]))
        if not data["has_more"]:
            return videos, lengths
        cursor = {"cursor": data["cursor"]}


def business(sandbox, account, path, at=CLOCK, token=None, **params):
    """An answer of the Business API to the owner of the account."""
    token = token or account_token("tiktok_business", account.account_id)
    return requests.get(
        f"{sandbox.url}/open_api/v1.3/business/{path}",
        params={"business_id": account.account_id, **params},
        headers={"X-Microlift-Clock": at, "Access-Token": token},
        timeout=10,
    )


def business_videos(sandbox, account, at, fields):
    found, cursor = {}, "0"
    while True:
        asked = {"fields": json.dumps(fields), "cursor": cursor, "max_count": "20"}
        data = business(sandbox, account, "video/list/", at, **asked).json()["data"]
        found |= {video["item_id"]: video for video in data["videos"]}
        if not data["has_more"]:
            return found
        cursor = str(data["cursor"])


def test_videos_are_paged_newest_first_by_milliseconds_with_short_pages(sandbox, world):
    lengths_of = {}
    for account in [a for a in world.accounts.values() if a.platform == "tiktok"]:
        videos, lengths = listed(sandbox, account)
        shown = [p for p in account.posts if p.published <= NOW and p.counters(NOW)]
        assert [v["id"] for v in videos] == [p.post_id for p in reversed(shown)]
        assert [v["create_time"] for v in videos] == [p.published for p in reversed(shown)]
        lengths_of[account.account_id] = lengths[:-1]
    assert any(length < 4 for lengths in lengths_of.values() for length in lengths)


def test_a_private_video_is_silently_missing_and_then_back(sandbox, world):
    post = next(
        p for p in world.world_posts
        if getattr(p, "hidden_from", NEVER) < NEVER and p.hidden_until < NOW
    )  # fmt: skip
    account = world.accounts["tiktok", post.account_id]
    ids = [
        post.post_id in {v["id"] for v in listed(sandbox, account, iso_z(at), 20)[0]}
        for at in (post.hidden_from - 1, post.hidden_from, post.hidden_until)
    ]
    assert ids == [True, False, True]


def test_a_wrong_question_is_answered_with_200_and_a_code_that_is_not_ok(sandbox, account):
    answer = display(sandbox, account, "/v2/video/list/", body={"max_count": 21})
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "invalid_params"
    assert answer.json()["data"] == {}


def test_without_fields_there_is_nothing_to_see(sandbox, account):
    answer = display(sandbox, account, "/v2/user/info/", fields="")
    assert answer.json()["data"] == {"user": {}}
    whole = display(sandbox, account, "/v2/user/info/", fields="open_id,follower_count")
    followers = account.growth.followers(NOW)
    user = {"open_id": account.account_id, "follower_count": followers}
    assert whole.json()["data"] == {"user": user}


def test_an_access_token_ends_after_a_day(sandbox, account):
    token = renewed(sandbox.url, account_token("tiktok", account.account_id)).json()["access_token"]
    for hours, status in ((23, 200), (24, 401)):
        at = iso_z(NOW + hours * 3600)
        headers = {"X-Microlift-Clock": at, "Authorization": f"Bearer {token}"}
        url = f"{sandbox.url}/v2/user/info/?fields=open_id"
        answer = requests.get(url, headers=headers, timeout=10)
        assert answer.status_code == status
    assert answer.json()["error"]["code"] == "access_token_invalid"


def test_a_refresh_token_works_once_where_that_is_asked_for(world, account):
    with serve(world, clock=CLOCK, tiktok_rules=TikTokRules(old_tokens_end=True)) as strict:
        first = account_token("tiktok", account.account_id)
        second = renewed(strict.url, first).json()["refresh_token"]
        refused = renewed(strict.url, first)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert renewed(strict.url, second).json()["refresh_token"] != second


def test_days_come_late_some_never_and_none_is_older_than_sixty_days(sandbox, account):
    today = day_of(NOW)
    asked = {"fields": '["video_views","daily_total_followers"]'}
    dates = {"start_date": str(today - timedelta(60)), "end_date": str(today - timedelta(1))}
    data = business(sandbox, account, "get/", **asked, **dates).json()["data"]
    days = [row["date"] for row in data["metrics"]]
    assert 50 < len(days) < 59  # yesterday is not there yet
    assert max(days) == str(today - timedelta(2))
    assert set(data["metrics"][0]) == {"date", "video_views", "daily_total_followers"}
    dates["start_date"] = str(today - timedelta(61))
    refused = business(sandbox, account, "get/", **asked, **dates)
    assert (refused.status_code, refused.json()["code"]) == (200, 40002)


def test_reach_vanishes_from_a_video_that_nobody_watches_any_more(sandbox, account):
    fields = ["item_id", "create_time", "video_views", "favorites", "reach"]
    post = next(p for p in account.posts if p.deleted_at == NEVER)
    young, old = (
        business_videos(sandbox, account, iso_z(post.published + age * DAY), fields)[post.post_id]
        for age in (3, 60)
    )
    assert set(young) - set(old) == {"reach"}
    assert old["create_time"] == str(post.published)
    assert old["video_views"] > young["video_views"]
    frozen = [
        business_videos(sandbox, account, iso_z(post.published + age * DAY), fields)[post.post_id]
        for age in (370, 500)
    ]
    assert frozen[0] == frozen[1]


def test_rows_are_anonymous_when_their_name_is_not_among_the_fields(sandbox, account):
    data = business(sandbox, account, "video/list/", fields='["likes"]').json()["data"]
    assert {frozenset(video) for video in data["videos"]} == {frozenset({"likes"})}
    assert business(sandbox, account, "video/list/", fields="likes").json()["code"] == 40002


def test_a_limit_and_a_wrong_token_are_codes_on_200(world, account):
    with serve(world, clock=CLOCK, tiktok_rules=TikTokRules(calls_a_minute=2)) as limited:
        asked = {"fields": '["item_id"]'}
        answers = [business(limited, account, "video/list/", **asked) for _ in range(3)]
        assert [a.json()["code"] for a in answers] == [0, 0, 40100]
        answers.append(business(limited, account, "get/", token="another"))
        assert answers[-1].json()["code"] == 40105
        assert {answer.status_code for answer in answers} == {200}


def test_tiktok_is_a_further_account_of_every_fourth_influencer_and_of_the_brand(world):
    owners = [a.owner_id for a in world.accounts.values() if a.platform == "tiktok"]
    assert owners == ["brand", *(i.influencer_id for i in world.influencers[1::4])]
    sponsored = [p for (platform, _), p in world.posts.items()
                 if platform == "tiktok" and p.collaboration_id]  # fmt: skip
    assert sponsored
    assert all("#" in post.text for post in sponsored)
