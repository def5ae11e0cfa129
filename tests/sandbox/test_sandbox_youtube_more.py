"""YouTube's younger methods, its limits, Google's token endpoint and Analytics, on the wire."""

from __future__ import annotations

import time

import pytest
import requests

from sandbox.credentials import BY_ACCOUNT, account_token
from sandbox.facts import BRAND
from sandbox.moments import DAY, iso_z, parse_instant
from sandbox.server import serve
from sandbox.vendors.youtube_limits import YouTubeLimits

AT = "2026-03-20T06:00:00Z"
SOURCE = "youtube_analytics"
PARTS = "statistics,snippet,contentDetails"


def first_reason(answer):
    return answer.json()["error"]["errors"][0]["reason"]


def test_both_methods_tell_the_same_counters_in_their_own_words(get, world):
    videos = [p for (platform, _), p in world.posts.items() if platform == "youtube"]
    ids = ",".join(p.post_id for p in videos[:49]) + ",nobody"
    whole = get("youtube", "/youtube/v3/videos", part=PARTS, id=ids).json()["items"]
    brief = get("youtube", "/youtube/v3/videos:batchGetStats", part=PARTS, id=ids).json()
    assert brief["kind"] == "youtube#batchGetStatsResponse"
    by_id = {item["id"]: item for item in brief["items"]}
    assert by_id.keys() == {item["id"] for item in whole}
    for item in whole:
        other = by_id[item["id"]]
        assert item["statistics"] == {**other["statistics"], "favoriteCount": "0"}
        assert other["snippet"] == {"publishTime": item["snippet"]["publishedAt"]}
        assert other["contentDetails"]["duration"].endswith("s")
    too_many = get("youtube", "/youtube/v3/videos:batchGetStats", part=PARTS, id="v," * 51)
    assert (too_many.status_code, first_reason(too_many)) == (400, "invalidParameter")


def test_comments_are_as_many_as_the_counter_says_newest_first(get, world):
    brand = next(a for a in world.accounts.values()
                 if a.owner_id == BRAND and a.platform == "youtube")  # fmt: skip
    post = max(brand.posts, key=lambda p: p.counters(parse_instant(AT)).comments or 0
               if p.counters(parse_instant(AT)) else 0)  # fmt: skip
    asked, found, token = {"part": "snippet", "videoId": post.post_id, "maxResults": "7"}, [], {}
    while True:
        page = get("youtube", "/youtube/v3/commentThreads", AT, **asked, **token).json()
        found += page["items"]
        if "nextPageToken" not in page:
            break
        token = {"pageToken": page["nextPageToken"]}
    count = post.counters(parse_instant(AT)).comments
    assert len({item["id"] for item in found}) == len(found) == count > 7
    comments = [item["snippet"]["topLevelComment"]["snippet"] for item in found]
    times = [comment["publishedAt"] for comment in comments]
    assert times == sorted(times, reverse=True)
    at = parse_instant(times[count // 2])
    assert post.counters(at - 1).comments < post.counters(at).comments
    authors = [comment["authorChannelId"]["value"] for comment in comments]
    assert all(author.startswith("UC") and len(author) == 24 for author in authors)


def test_creators_of_the_world_are_among_those_who_comment(get, world):
    channels = {a.account_id for a in world.accounts.values() if a.platform == "youtube"}
    brand = next(a for a in world.accounts.values()
                 if a.owner_id == BRAND and a.platform == "youtube")  # fmt: skip
    authors = set()
    for post in brand.posts:
        page = get("youtube", "/youtube/v3/commentThreads", AT, part="snippet",
                   videoId=post.post_id, maxResults="100").json()  # fmt: skip
        authors |= {
            item["snippet"]["topLevelComment"]["snippet"]["authorChannelId"]["value"]
            for item in page.get("items", [])
        }
    assert authors & channels
    assert brand.account_id not in authors


def test_a_partial_answer_has_only_what_was_asked_for(get, world):
    brand = next(a for a in world.accounts.values()
                 if a.owner_id == BRAND and a.platform == "youtube")  # fmt: skip
    inner = "topLevelComment/snippet(authorDisplayName,likeCount)"
    fields = f"kind,nextPageToken,items(id,snippet({inner}))"
    page = get("youtube", "/youtube/v3/commentThreads", AT, part="snippet",
               videoId=brand.posts[0].post_id, fields=fields, maxResults="100").json()  # fmt: skip
    assert page.keys() == {"kind", "items"}  # the last page has no token
    item = page["items"][0]
    assert item.keys() == {"id", "snippet"}
    comment = item["snippet"]["topLevelComment"]["snippet"]
    assert comment.keys() == {"authorDisplayName", "likeCount"}


def test_comments_that_are_off_and_videos_that_are_gone_are_told_apart(get, world):
    videos = [p for (platform, _), p in world.posts.items() if platform == "youtube"]
    off = next(p for p in videos if p.hides_comments and p.counters(parse_instant(AT)))
    asked = {"part": "snippet", "maxResults": "100"}
    closed = get("youtube", "/youtube/v3/commentThreads", AT, videoId=off.post_id, **asked)
    gone = get("youtube", "/youtube/v3/commentThreads", AT, videoId="nobody", **asked)
    assert (closed.status_code, first_reason(closed)) == (403, "commentsDisabled")
    assert (gone.status_code, first_reason(gone)) == (404, "videoNotFound")


def test_a_spent_quota_and_a_call_too_soon_are_both_403_and_told_apart(world):
    def call(url, at, resource="channels"):
        headers = {"X-Goog-Api-Key": "sandbox-youtube-token", "X-Microlift-Clock": at}
        params = {"part": PARTS, "id": "x"}
        return requests.get(f"{url}/youtube/v3/{resource}", params, headers=headers, timeout=10)

    with serve(world, youtube_limits=YouTubeLimits(units=2, stats_calls=1)) as sandbox:
        assert [call(sandbox.url, AT).status_code for _ in range(2)] == [200, 200]
        spent = call(sandbox.url, AT)
        assert (spent.status_code, first_reason(spent)) == (403, "quotaExceeded")
        assert spent.json()["error"]["errors"][0]["domain"] == "youtube.quota"
        # The younger method has a bucket of its own, and midnight is California's.
        assert call(sandbox.url, AT, "videos:batchGetStats").status_code == 200
        assert first_reason(call(sandbox.url, AT, "videos:batchGetStats")) == "quotaExceeded"
        assert call(sandbox.url, "2026-03-20T06:59:59Z").status_code == 403
        assert call(sandbox.url, "2026-03-20T07:00:00Z").status_code == 200
    with serve(world, youtube_limits=YouTubeLimits(calls_a_second=3)) as sandbox:
        answers = [call(sandbox.url, AT) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
        assert first_reason(answers[-1]) == "rateLimitExceeded"
        time.sleep(1.1)
        assert call(sandbox.url, AT).status_code == 200


def ask_token(url, at=AT, **changed):
    _, held = BY_ACCOUNT[SOURCE]
    form = {
        "grant_type": "refresh_token",
        "client_id": held["client_id"],
        "client_secret": held["client_secret"],
        "refresh_token": account_token(SOURCE, "UC1"),
        **changed,
    }
    return requests.post(f"{url}/token", form, headers={"X-Microlift-Clock": at}, timeout=10)


def test_a_refresh_token_gives_an_access_token_of_one_hour(world, channel):
    with serve(world) as sandbox:
        token = account_token(SOURCE, channel.account_id)
        given = ask_token(sandbox.url, refresh_token=token).json()
        assert given["token_type"] == "Bearer"
        assert token not in given["access_token"]
        grant = sandbox.google_oauth.grant(given["access_token"], parse_instant(AT) + 3_599)
        assert (grant.source, grant.account_id) == (SOURCE, channel.account_id)
        assert sandbox.google_oauth.grant(given["access_token"], parse_instant(AT) + 3_600) is None
        assert sandbox.google_oauth.grant("ya29.forged", parse_instant(AT)) is None
        sandbox.google_oauth.revoked.add(token)
        assert ask_token(sandbox.url, refresh_token=token).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"refresh_token": "a-strangers"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_the_token_endpoint_answers_with_a_text_as_error(sandbox, changed, status, error):
    answer = ask_token(sandbox.url, **changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_newest_days_are_not_there_and_slow_metrics_shorten_fast_ones(report):
    def last_day(metrics, at=AT):
        return report(at, dimensions="day", metrics=metrics).json()["rows"][-1][0]

    assert last_day("views") == "2026-03-16"
    assert last_day("views,averageViewDuration") == "2026-03-15"
    # The 17th of California ended on the 18th at 07:00Z.
    assert last_day("views", "2026-03-20T06:59:59Z") == "2026-03-16"
    assert last_day("views", "2026-03-20T07:00:00Z") == "2026-03-17"


def test_figures_rise_until_they_settle_and_floats_may_be_whole(report, channel, world):
    def row(at, day="2026-03-10"):
        asked = {"startDate": day, "endDate": day, "dimensions": "day"}
        [found] = report(at, **asked, metrics="views,subscribersGained").json()["rows"]
        return found

    early, settled = row("2026-03-13T12:00:00Z"), row("2026-03-17T12:00:00Z")
    assert early[1] < settled[1]
    assert settled == row("2026-03-27T12:00:00Z")
    day = parse_instant("2026-03-10T00:00:00Z") // DAY
    assert settled[2] == channel.growth.figures(day).gained
    body = report(dimensions="day", metrics="averageViewPercentage").json()
    assert body["columnHeaders"][1] == {
        "name": "averageViewPercentage", "columnType": "METRIC", "dataType": "FLOAT",
    }  # fmt: skip
    assert {type(row[1]) for row in body["rows"]} <= {int, float}


def test_a_days_videos_add_up_to_its_channel(report, channel):
    asked = {"startDate": "2026-03-05", "endDate": "2026-03-05", "metrics": "views"}
    [[_, whole]] = report(dimensions="day", **asked).json()["rows"]
    top = report(dimensions="video", sort="-views", maxResults="200", **asked).json()["rows"]
    assert sum(views for _, views in top) == whole
    assert [views for _, views in top] == sorted((views for _, views in top), reverse=True)
    video_id, views = top[0]
    one = report(dimensions="day", filters=f"video=={video_id}", **asked).json()
    assert one["rows"] == [["2026-03-05", views]]


def test_no_data_is_no_rows_at_all(report):
    body = report(startDate="2026-03-20", endDate="2026-03-20", dimensions="day",
                  metrics="views").json()  # fmt: skip
    assert "rows" not in body
    assert [header["name"] for header in body["columnHeaders"]] == ["day", "views"]


@pytest.mark.parametrize(
    "asked",
    [
        {"dimensions": "day,video", "metrics": "views"},
        {"dimensions": "video", "metrics": "views"},  # a list of videos needs an order and an end
        {"dimensions": "video", "metrics": "views", "sort": "-views", "maxResults": "201"},
        {"dimensions": "day", "metrics": "reach"},
        {"dimensions": "day", "metrics": "views", "filters": "video==a,b"},
        {"dimensions": "day", "metrics": "views", "startDate": "20260301"},
    ],
)
def test_what_is_not_documented_is_refused(report, asked):
    assert report(**asked).status_code == 400


def test_whom_analytics_lets_in(world, channel):
    other = next(a for a in world.accounts.values()
                 if a.platform == "youtube" and a.account_id != channel.account_id)  # fmt: skip
    asked = {"startDate": "2026-03-01", "endDate": "2026-03-02", "dimensions": "day",
             "metrics": "views"}  # fmt: skip

    def ask(url, ids, token, at=AT):
        headers = {"Authorization": f"Bearer {token}", "X-Microlift-Clock": at}
        params = {**asked, "ids": ids}
        return requests.get(f"{url}/v2/reports", params, headers=headers, timeout=10)

    with serve(world) as sandbox:
        refresh = account_token(SOURCE, channel.account_id)
        token = ask_token(sandbox.url, refresh_token=refresh).json()["access_token"]
        own = f"channel=={channel.account_id}"
        assert ask(sandbox.url, own, token).status_code == 200
        assert ask(sandbox.url, "channel==MINE", token).status_code == 200
        strange = ask(sandbox.url, f"channel=={other.account_id}", token)
        assert (strange.status_code, first_reason(strange)) == (403, "forbidden")
        ended = ask(sandbox.url, own, token, iso_z(parse_instant(AT) + 3_600))
        assert (ended.status_code, first_reason(ended)) == (401, "authError")
        sandbox.google_oauth.narrow.add(refresh)
        narrow = ask(sandbox.url, own, token)
        assert (narrow.status_code, first_reason(narrow)) == (403, "insufficientPermissions")
        [info] = narrow.json()["error"]["details"]
        assert info["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
