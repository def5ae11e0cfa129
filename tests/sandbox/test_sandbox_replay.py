"""A replay serves what the recorded files hold, in the vendors' wire formats."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from microlift.plan.plan import read_plan
from sandbox.plan_files import write_plan
from sandbox.replay import ORDERS_BEGIN, Recording
from sandbox.server import serve

RECORDED = Path(__file__).parents[3] / "shared" / "replay"
HEADER = (
    "observed_date,video_id,channel_id,channel_title,title,published_at,view_count,like_count,"
    "comment_count,is_ratings_disabled,is_comments_disabled,is_removed"
)
ALPHA, BETA = "UCaaaaaaaaaaaaaaaaaaaaaa,Alpha", "UCbbbbbbbbbbbbbbbbbbbbbb,Beta"
FIRST = f"vid00000001,{ALPHA},First #1,2019-12-30 10:00:00+00"
VIDEOS = f"""\
{HEADER}
2020-01-01,{FIRST},100,10,1,false,false,false
2020-01-01,vid00000002,{BETA},Silent,2012-05-06 07:08:09+00,900,0,0,true,true,false
2020-01-02,{FIRST},90,12,1,false,false,false
2020-01-04,{FIRST},250,11,2,false,false,false
2020-01-04,vid00000003,{ALPHA},Second,2020-01-03 01:00:00+00,7,0,0,false,false,true
"""
ORDERS = """\
customer_id,order_date,quantity,amount_usd
00001,1997-10-01,1,9.99
00001,1997-10-27,2,29.33
00002,1997-10-28,1,0.00
00001,1997-10-30,1,11.5
00003,1997-10-31,1,77.00
"""
RATES = """\
Date,USD,JPY,CYP,column42
2020-01-03,1.1147,120.24,N/A,
2020-01-02,1.1193,121.75,N/A,
2019-12-31,1.1234,121.94,0.58,
"""
ORDER_QUERY = """query($first: Int!, $after: String) {
  orders(first: $first, after: $after, sortKey: UPDATED_AT) {
    nodes { id createdAt currentSubtotalPriceSet { shopMoney { amount currencyCode } }
      displayFinancialStatus discountCodes customer { id numberOfOrders } }
    pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("recorded")
    for name, text in (
        ("youtube_xx_daily", VIDEOS), ("shop_orders", ORDERS), ("eurofxref-hist", RATES),
    ):  # fmt: skip
        with gzip.open(path / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write(text)
    return path


@pytest.fixture(scope="module")
def recording(folder):
    return Recording(folder)


@pytest.fixture(scope="module")
def replay(recording):
    with serve(recording) as sandbox:
        yield sandbox


def get(sandbox, path, at, **params):
    headers = {"X-Microlift-Clock": at, "X-Goog-Api-Key": "sandbox-youtube-token"}
    return requests.get(sandbox.url + path, params=params, headers=headers, timeout=30)


def statistics(sandbox, at, *ids):
    items = get(sandbox, "/youtube/v3/videos", at, part="statistics", id=",".join(ids)).json()
    return {item["id"]: item["statistics"] for item in items["items"]}


def orders(sandbox, at):
    nodes, after = [], None
    while True:
        body = requests.post(
            f"{sandbox.url}/admin/api/2026-10/graphql.json",
            json={"query": ORDER_QUERY, "variables": {"first": 100, "after": after}},
            headers={"X-Microlift-Clock": at, "X-Shopify-Access-Token": "sandbox-shopify-token"},
            timeout=30,
        ).json()["data"]["orders"]
        nodes += body["nodes"]
        if not body["pageInfo"]["hasNextPage"]:
            return nodes
        after = body["pageInfo"]["endCursor"]


def test_nights_are_the_recorded_days(recording):
    assert [n.date().isoformat() for n in recording.nights()] == [
        "2020-01-01", "2020-01-02", "2020-01-04",
    ]  # fmt: skip
    assert recording.nights(2) == recording.nights()[:2]
    assert (recording.first_day, recording.last_day) == (date(2020, 1, 1), date(2020, 1, 4))


def test_counters_are_served_on_the_days_they_were_recorded_and_on_no_other(replay):
    wanted = ("vid00000001", "vid00000002", "vid00000003")
    first = statistics(replay, "2020-01-01T23:30:00Z", *wanted)
    assert first["vid00000001"] == {
        "viewCount": "100", "likeCount": "10", "favoriteCount": "0", "commentCount": "1",
    }  # fmt: skip
    assert first["vid00000002"] == {"viewCount": "900", "favoriteCount": "0"}
    assert statistics(replay, "2020-01-02T23:30:00Z", *wanted)["vid00000001"]["viewCount"] == "90"
    assert statistics(replay, "2020-01-03T23:30:00Z", *wanted) == {}
    assert set(statistics(replay, "2020-01-04T23:30:00Z", *wanted)) == {
        "vid00000001", "vid00000003",
    }  # fmt: skip


def test_uploads_list_a_video_from_its_publication_on(replay):
    def listed(at):
        page = get(
            replay, "/youtube/v3/playlistItems", at, part="snippet,contentDetails",
            playlistId="UUaaaaaaaaaaaaaaaaaaaaaa", maxResults="50",
        ).json()  # fmt: skip
        return [(i["contentDetails"]["videoId"], i["snippet"]["title"]) for i in page["items"]]

    assert listed("2020-01-02T23:30:00Z") == [("vid00000001", "First #1")]
    assert [video for video, _ in listed("2020-01-03T23:30:00Z")] == ["vid00000003", "vid00000001"]


def test_what_was_not_recorded_is_absent(replay):
    [item] = get(
        replay, "/youtube/v3/channels", "2020-01-01T23:30:00Z", part="snippet,statistics",
        id="UCaaaaaaaaaaaaaaaaaaaaaa",
    ).json()["items"]  # fmt: skip
    assert item["snippet"]["title"] == "Alpha"
    assert item["statistics"] == {"hiddenSubscriberCount": True, "videoCount": "1"}


def test_orders_of_the_period_keep_their_amounts_on_shifted_days(replay):
    found = orders(replay, "2020-01-04T23:30:00Z")
    money = [node["currentSubtotalPriceSet"]["shopMoney"] for node in found]
    assert [Decimal(bag["amount"]) for bag in money] == [Decimal("29.33"), 0, Decimal("11.5")]
    assert [n["createdAt"][:10] for n in found] == ["2020-01-01", "2020-01-02", "2020-01-04"]
    assert [n["customer"]["numberOfOrders"] for n in found] == ["3", "1", "3"]
    assert {bag["currencyCode"] for bag in money} == {"USD"}
    assert len(orders(replay, "2020-01-01T23:30:00Z")) == 1
    assert len(orders(replay, "2020-02-01T00:00:00Z")) == 3  # what came after is no part of it


def test_the_banks_own_rates_are_served_without_those_not_quoted(replay):
    text = get(replay, "/stats/eurofxref/eurofxref-hist-90d.xml", "2020-01-02T23:30:00Z").text
    assert '<Cube time="2020-01-02"><Cube currency="USD" rate="1.1193"/>' in text
    assert '<Cube currency="CYP" rate="0.58"/>' in text
    assert "N/A" not in text
    assert "2020-01-03" not in text


def test_the_plan_has_one_influencer_a_channel_and_follows_old_videos(recording, tmp_path):
    tables = read_plan(write_plan(recording, tmp_path / "plan")).tables
    assert [row["name"] for row in tables["influencers"]] == ["Alpha", "Beta"]
    assert {row["account_id"] for row in tables["accounts"]} == {
        "UCaaaaaaaaaaaaaaaaaaaaaa", "UCbbbbbbbbbbbbbbbbbbbbbb",
    }  # fmt: skip
    age = date(2020, 1, 4) - date(2012, 5, 6)
    assert tables["brand"][0]["track_posts_days"] > age.days


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="youtube_"):
        Recording(tmp_path)


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded data beside this checkout")
def test_the_recorded_data_come_back_whole_over_http(tmp_path):
    recording = Recording(RECORDED)
    with gzip.open(RECORDED / "youtube_us_daily.csv.gz", "rt", encoding="utf-8") as file:
        by_day = defaultdict(dict)
        for row in csv.DictReader(file):
            by_day[row["observed_date"]][row["video_id"]] = row
    with gzip.open(RECORDED / "cdnow_orders.csv.gz", "rt", encoding="utf-8") as file:
        last = str(ORDERS_BEGIN + (recording.last_day - recording.first_day))
        amounts = [
            Decimal(row["amount_usd"]) for row in csv.DictReader(file)
            if str(ORDERS_BEGIN) <= row["order_date"] <= last
        ]  # fmt: skip
    assert len(recording.nights()) == len(by_day) == 67
    ids = sorted({video for rows in by_day.values() for video in rows})
    with serve(recording) as sandbox:
        for night in (recording.nights()[0], recording.nights()[33], recording.nights()[66]):
            rows, served = by_day[str(night.date())], {}
            for begin in range(0, len(ids), 50):
                served |= statistics(sandbox, night.isoformat(), *ids[begin : begin + 50])
            assert set(served) == set(rows)
            for video, row in rows.items():
                assert served[video]["viewCount"] == row["view_count"]
                is_off = row["is_ratings_disabled"] == "true"
                assert served[video].get("likeCount") == (None if is_off else row["like_count"])
        found = orders(sandbox, recording.nights()[-1].isoformat())
    total = sum(Decimal(n["currentSubtotalPriceSet"]["shopMoney"]["amount"]) for n in found)
    assert (len(found), total) == (len(amounts), sum(amounts))
    assert any(node["discountCodes"] for node in found)
    tables = read_plan(write_plan(recording, tmp_path / "plan")).tables
    assert len(tables["influencers"]) == 1_408
    assert recording.nights()[-1].date() - recording.nights()[0].date() == timedelta(days=68)
