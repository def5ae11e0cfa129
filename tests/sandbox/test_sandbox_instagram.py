"""Instagram's wire format, asked over real HTTP."""

from __future__ import annotations

import re

import pytest
import requests

from sandbox.moments import DAY, iso_z, parse_instant

NOW = parse_instant("2026-03-20T06:00:00Z")


def media_of(accounts, *kinds, at=NOW):
    return next(
        p for a in accounts["instagram"] for p in a.posts
        if p.kind in kinds and p.published < at - DAY and p.deleted_at > at
        and p.published >= a.converted_at
    )  # fmt: skip


def test_an_account_is_a_bare_object_with_the_asked_fields(get, accounts):
    account = accounts["instagram"][0]
    body = get("instagram", f"/v25.0/{account.account_id}", fields="username,followers_count")
    assert body.json() == {
        "id": account.account_id,
        "username": account.handle,
        "followers_count": account.growth.followers(NOW),
    }


def test_media_come_newest_first_with_offsets_without_colon(get, accounts):
    account = accounts["instagram"][0]
    fields = "id,timestamp,media_type,media_product_type,like_count,comments_count"
    page = get("instagram", f"/v25.0/{account.account_id}/media", fields=fields, limit="100").json()
    stamps = [node["timestamp"] for node in page["data"]]
    assert stamps == sorted(stamps, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", stamp) for stamp in stamps)
    assert "after" in page["paging"]["cursors"]
    assert "next" not in page["paging"]  # the last page keeps its cursor and loses its next


def test_following_next_reads_every_media_once(get, accounts):
    account = accounts["instagram"][0]
    path = f"/v25.0/{account.account_id}/media"
    page = get("instagram", path, fields="id", limit="2").json()
    ids = [node["id"] for node in page["data"]]
    while "next" in page["paging"]:
        page = requests.get(
            page["paging"]["next"], headers={"X-Microlift-Clock": iso_z(NOW)}, timeout=10
        ).json()
        ids += [node["id"] for node in page["data"]]
    visible = [p.post_id for p in account.posts if p.published <= NOW < p.deleted_at]
    assert ids == visible[::-1]


def test_hidden_likes_are_absent_from_the_list(get, world):
    post = next(
        p for (platform, _), p in world.posts.items()
        if platform == "instagram" and p.hides_likes and p.deleted_at > NOW > p.published
        and world.accounts[platform, p.account_id].is_authorised
    )  # fmt: skip
    node = get("instagram", f"/v25.0/{post.post_id}", fields="id,like_count,comments_count").json()
    assert "like_count" not in node
    assert isinstance(node["comments_count"], int)


def test_media_insights_are_lifetime_totals(get, accounts):
    media = media_of(accounts, "REELS")
    body = get("instagram", f"/v25.0/{media.post_id}/insights", metric="reach,views,saved").json()
    counters = media.counters(NOW)
    values = {entry["name"]: entry["values"][0]["value"] for entry in body["data"]}
    assert values == {"reach": counters.reach, "views": counters.views, "saved": counters.saves}
    assert {entry["period"] for entry in body["data"]} == {"lifetime"}


def test_one_unsupported_metric_fails_the_whole_batch(get, accounts):
    media = media_of(accounts, "FEED_VIDEO")
    path = f"/v25.0/{media.post_id}/insights"
    refused = get("instagram", path, metric="reach,views")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == 100
    assert "views metric" in refused.json()["error"]["message"]
    assert get("instagram", path, metric="reach").json()["data"][0]["name"] == "reach"


def test_media_from_before_the_conversion_are_refused_for_ever(get, world):
    post = next(
        p for a in world.accounts.values() if a.converted_at and a.is_authorised
        for p in a.posts if p.published < a.converted_at and p.deleted_at > NOW
    )  # fmt: skip
    error = get("instagram", f"/v25.0/{post.post_id}/insights", metric="reach").json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2108006)


def test_a_breakdown_comes_with_values_and_total_value(get, accounts):
    media = media_of(accounts, "IMAGE")
    [entry] = get(
        "instagram", f"/v25.0/{media.post_id}/insights", metric="profile_activity",
        breakdown="action_type",
    ).json()["data"]  # fmt: skip
    assert entry["values"][0]["value"] == entry["total_value"]["value"]


def user_insights(get, account, at=NOW, **params):
    path = f"/v25.0/{account.account_id}/insights"
    return get("instagram", path, iso_z(at), period="day", **params)


WINDOW = {"since": "2026-03-10T00:00:00Z", "until": "2026-03-13T00:00:00Z"}


def test_a_series_has_one_value_a_day_ending_in_los_angeles(get, accounts):
    account = accounts["instagram"][0]
    body = user_insights(get, account, metric="reach,follower_count", **WINDOW).json()
    for entry in body["data"]:
        ends = [value["end_time"] for value in entry["values"]]
        assert ends == [f"2026-03-{day}T07:00:00+0000" for day in (11, 12, 13)]
    gained = [value["value"] for value in body["data"][1]["values"]]
    first = parse_instant(WINDOW["since"]) // DAY
    assert gained == [account.growth.figures(first + offset).gained for offset in range(3)]


def test_winter_days_end_an_hour_later(get, accounts):
    body = user_insights(
        get, accounts["instagram"][0], metric="reach", since="2026-03-06", until="2026-03-08"
    ).json()
    ends = [value["end_time"] for value in body["data"][0]["values"]]
    assert ends == ["2026-03-07T08:00:00+0000", "2026-03-08T08:00:00+0000"]


def test_the_wrong_metric_type_gives_an_empty_list_not_zero(get, accounts):
    account = accounts["instagram"][0]
    assert user_insights(get, account, metric="views", **WINDOW).json() == {"data": []}
    total = {"metric_type": "total_value", **WINDOW}
    assert user_insights(get, account, metric="follower_count", **total).json() == {"data": []}
    [entry] = user_insights(get, account, metric="views", **total).json()["data"]
    assert entry["total_value"]["value"] > 0


def test_next_of_insights_leads_into_the_future(get, accounts):
    body = user_insights(get, accounts["instagram"][0], metric="reach", **WINDOW).json()
    assert f"since={parse_instant(WINDOW['until'])}" in body["paging"]["next"]


def test_follows_need_their_breakdown(get, accounts):
    account = accounts["instagram"][0]
    asked = {"metric": "follows_and_unfollows", "metric_type": "total_value", **WINDOW}
    assert user_insights(get, account, **asked).json() == {"data": []}
    [entry] = user_insights(get, account, breakdown="follow_type", **asked).json()["data"]
    [breakdown] = entry["total_value"]["breakdowns"]
    names = [result["dimension_values"] for result in breakdown["results"]]
    assert names == [["FOLLOWER"], ["NON_FOLLOWER"]]


def test_a_day_is_restated_until_the_second_midnight(get, accounts):
    account = next(a for a in accounts["instagram"] if int(a.account_id) % 5)
    day = {"since": "2026-03-10", "until": "2026-03-11", "metric": "reach"}

    def reach(at):
        data = user_insights(get, account, parse_instant(at), **day).json()["data"]
        return data[0]["values"][0]["value"] if data else None

    moments = ("11T06", "12T06", "12T18", "13T06", "14T06")
    seen = [reach(f"2026-03-{moment}:00:00Z") for moment in moments]
    assert seen[0] is None
    assert seen[1] < seen[2] < seen[3] == seen[4]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"metric": "follower_count", "since": "2026-01-10", "until": "2026-02-01"}, "30 days"),
        ({"metric": "reach", "since": "2026-01-10", "until": "2026-03-01"}, "more than 30 days"),
        ({"metric": "reach", "since": "2023-01-10", "until": "2023-01-12"}, "2 years"),
        ({"metric": "nonsense"}, "must be one of"),
    ],
)
def test_bounds_and_unknown_metrics_are_code_100(get, accounts, params, words):
    answer = user_insights(get, accounts["instagram"][0], **params)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 100
    assert words in answer.json()["error"]["message"]


def test_tokens_permissions_and_unknown_ids_have_their_own_codes(get, sandbox, world):
    url = f"{sandbox.url}/v25.0/17841000000000000?fields=id"
    bad = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=10).json()
    unknown = get("instagram", "/v25.0/1", fields="id").json()
    assert bad["error"]["code"] == 190
    assert (unknown["error"]["code"], unknown["error"]["error_subcode"]) == (100, 33)
    closed = [a for a in world.accounts.values() if not a.is_authorised]
    for account in closed:
        body = get("instagram", f"/v25.0/{account.account_id}", fields="id").json()
        assert body["error"]["code"] == 10


def test_usage_headers_are_keyed_by_account_in_percent(get, accounts):
    used = next(a for a in accounts["instagram"] if int(a.account_id) % 29 >= 20)
    headers = get("instagram", f"/v25.0/{used.account_id}", fields="id").headers
    assert used.account_id in headers["X-Business-Use-Case-Usage"]
    assert '"call_count":' in headers["X-App-Usage"]
