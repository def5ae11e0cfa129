"""YouTube's wire format, asked over real HTTP."""

from __future__ import annotations

import pytest
import requests

from sandbox.moments import iso_z, parse_instant
from sandbox.vendors.youtube_resources import three_digits

PARTS = "snippet,contentDetails,statistics"


def uploads_of(account):
    return "UU" + account.account_id[2:]


def all_items(get, account, at, page_size):
    """Every playlist item, following page tokens."""
    items, token, pages = [], {}, 0
    while True:
        page = get(
            "youtube", "/youtube/v3/playlistItems", at, part="snippet,contentDetails",
            playlistId=uploads_of(account), maxResults=str(page_size), **token,
        ).json()  # fmt: skip
        items += page["items"]
        pages += 1
        if "nextPageToken" not in page:
            return items, pages
        token = {"pageToken": page["nextPageToken"]}


def test_channel_counts_are_strings_and_subscribers_keep_three_digits(get, accounts):
    account = next(a for a in accounts["youtube"] if not a.hides_followers)
    body = get("youtube", "/youtube/v3/channels", part=PARTS, id=account.account_id).json()
    [item] = body["items"]
    statistics = item["statistics"]
    assert isinstance(statistics["viewCount"], str)
    assert statistics["hiddenSubscriberCount"] is False
    true_count = account.growth.followers(parse_instant("2026-03-20T06:00:00Z"))
    assert int(statistics["subscriberCount"]) == three_digits(true_count) <= true_count
    assert item["contentDetails"]["relatedPlaylists"] == {
        "likes": "", "uploads": uploads_of(account),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (999, 999), (10_789, 10_700), (10_749_999, 10_700_000)]
)
def test_subscribers_are_rounded_down(count, shown):
    assert three_digits(count) == shown


def test_a_hidden_subscriber_count_is_absent(get, world):
    hidden = next(a for a in world.accounts.values() if a.hides_followers)
    [item] = get("youtube", "/youtube/v3/channels", part=PARTS, id=hidden.account_id).json()[
        "items"
    ]
    assert item["statistics"]["hiddenSubscriberCount"] is True
    assert "subscriberCount" not in item["statistics"]


def test_items_are_absent_when_no_channel_matches(get):
    body = get("youtube", "/youtube/v3/channels", part=PARTS, id="UCnobody").json()
    assert "items" not in body


def test_uploads_are_paged_newest_first_without_loss_or_doubling(get, accounts):
    account = accounts["youtube"][0]
    at = "2026-03-20T06:00:00Z"
    items, pages = all_items(get, account, at, 3)
    ids = [item["contentDetails"]["videoId"] for item in items]
    visible = [p.post_id for p in account.posts if p.published <= parse_instant(at)]
    gone = {p.post_id for p in account.posts if p.deleted_at <= parse_instant(at)}
    assert set(visible) - gone <= set(ids) <= set(visible)
    assert len(ids) == len(set(ids))
    assert pages > 1
    published = [item["snippet"]["publishedAt"] for item in items]
    assert published == sorted(published, reverse=True)


def test_a_page_holds_five_results_unless_asked_otherwise(get, accounts):
    page = get(
        "youtube", "/youtube/v3/playlistItems", part="contentDetails",
        playlistId=uploads_of(accounts["youtube"][0]),
    ).json()  # fmt: skip
    assert len(page["items"]) == 5
    assert page["pageInfo"]["resultsPerPage"] == 5


def test_a_deleted_video_is_silently_missing_and_then_leaves_the_uploads(get, world):
    post = next(
        p for (platform, _), p in world.posts.items()
        if platform == "youtube" and p.deleted_at < parse_instant("2026-03-01T00:00:00Z")
    )  # fmt: skip
    account = world.accounts["youtube", post.account_id]
    asked = {"part": PARTS, "id": post.post_id}
    before = get("youtube", "/youtube/v3/videos", iso_z(post.deleted_at - 60), **asked)
    after = get("youtube", "/youtube/v3/videos", iso_z(post.deleted_at), **asked)
    assert len(before.json()["items"]) == 1
    assert (after.status_code, after.json()["items"]) == (200, [])
    items, _ = all_items(get, account, iso_z(post.deleted_at), 50)
    [entry] = [i for i in items if i["contentDetails"]["videoId"] == post.post_id]
    assert entry["snippet"]["title"] == "Deleted video"
    assert "videoPublishedAt" not in entry["contentDetails"]
    items, _ = all_items(get, account, iso_z(post.deleted_at + 4 * 86_400), 50)
    assert post.post_id not in {i["contentDetails"]["videoId"] for i in items}


def test_hidden_likes_and_comments_are_absent_not_zero(get, world):
    youtube = [p for (platform, _), p in world.posts.items() if platform == "youtube"]
    at = max(p.published for p in youtube) + 60
    hidden = next(p for p in youtube if p.hides_likes and p.deleted_at > at)
    quiet = next(p for p in youtube if p.counters(p.published).comments is None
                 and p.deleted_at > at)  # fmt: skip
    body = get(
        "youtube", "/youtube/v3/videos", iso_z(at), part="statistics",
        id=f"{hidden.post_id},{quiet.post_id}",
    ).json()  # fmt: skip
    by_id = {item["id"]: item["statistics"] for item in body["items"]}
    assert "likeCount" not in by_id[hidden.post_id]
    assert "commentCount" not in by_id[quiet.post_id]
    assert all(isinstance(v, str) for statistics in by_id.values() for v in statistics.values())


def test_a_video_is_not_there_before_it_is_published(get, accounts):
    post = accounts["youtube"][0].posts[3]
    asked = {"part": "statistics", "id": post.post_id}
    early = get("youtube", "/youtube/v3/videos", iso_z(post.published - 1), **asked)
    there = get("youtube", "/youtube/v3/videos", iso_z(post.published), **asked)
    assert early.json()["items"] == []
    assert len(there.json()["items"]) == 1


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({"X-Goog-Api-Key": "wrong"}, 400, "keyInvalid"),
        ({"Authorization": "Bearer wrong"}, 401, "authError"),
        ({}, 403, "forbidden"),
    ],
)
def test_a_wrong_credential_is_refused_in_googles_words(sandbox, headers, status, reason):
    answer = requests.get(f"{sandbox.url}/youtube/v3/videos", headers=headers, timeout=10)
    assert answer.status_code == status
    assert answer.json()["error"]["errors"][0]["reason"] == reason


def test_unknown_playlists_and_tokens_are_told_apart(get, accounts):
    path = "/youtube/v3/playlistItems"
    unknown = get("youtube", path, part="snippet", playlistId="UUnobody")
    broken = get(
        "youtube", path, part="snippet", playlistId=uploads_of(accounts["youtube"][0]),
        pageToken="%%%",
    )  # fmt: skip
    assert (unknown.status_code, broken.status_code) == (404, 400)
    assert unknown.json()["error"]["errors"][0]["reason"] == "playlistNotFound"
    assert broken.json()["error"]["errors"][0]["reason"] == "invalidPageToken"
