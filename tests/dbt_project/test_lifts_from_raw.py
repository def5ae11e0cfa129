"""Lifts of a brand's accounts from raw counts to verdicts, every row worked out by hand.

The accounts win 70 followers in every week without a campaign, so what a campaign adds is known to
the follower. `summer` adds 15 a day on Instagram and TikTok; `launch` and `gifts` share a week and
add 10 a day together; `october` adds 20 a day on TikTok and YouTube and nothing on Instagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from marts import Landed, built_of
from marts_world import BRAND, channel

if TYPE_CHECKING:
    import duckdb
    from compiled import Model

FIRST, LAST = date(2026, 6, 1), date(2026, 11, 1)
WEEK = (12, 8, 10, 10, 9, 11, 10)
CAMPAIGNS = {
    "summer": (date(2026, 8, 1), date(2026, 8, 14)),
    "launch": (date(2026, 9, 14), date(2026, 9, 27)),
    "gifts": (date(2026, 9, 21), date(2026, 10, 4)),
    "october": (date(2026, 10, 19), date(2026, 10, 28)),
}
# Followers a day beyond the usual ones, by account.
ADDED = {
    "1784999": {"summer": 15, "launch": 10},
    "tt-own": {"summer": 15, "launch": 10, "october": 20},
    "UCown": {"summer": 15, "launch": 10, "october": 20},
    "UClate": {"summer": 15, "launch": 10, "october": 20},
    "UCpublic": {"october": 200},
}
JOINT = (date(2026, 9, 14), date(2026, 10, 4))
CONNECTED = date(2026, 8, 8)  # in the middle of `summer`
MISSED = {date(2026, 7, 20), date(2026, 8, 1), date(2026, 8, 6)}  # a night before and within it
KEPT_SINCE = date(2026, 10, 11)
OWN = {
    "1784999": "instagram",  # read every night from June on, but for MISSED
    "tt-own": "tiktok",  # connected in the middle of `summer`: nothing is known of before
    "UCown": "youtube",  # connected then as well, and its dated figures reach back to June
    "UClate": "youtube",  # has let us in for three weeks only
    "UCpublic": "youtube",  # never let us in: the purge has left 23 days of its public count
}


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=day) for day in range((last - first).days + 1))


def won(account: str, day: date) -> int:
    """Followers won on a day."""
    usual = WEEK[(day - FIRST).days % 7]
    for name, added in ADDED[account].items():
        first, last = JOINT if name == "launch" else CAMPAIGNS[name]
        usual += added if first <= day <= last else 0
    return usual


def counts(account: str) -> dict[date, int]:
    """How many follow at the end of each day; 10,000 before the first."""
    found, count = {}, 10_000
    for day in days(FIRST, LAST):
        count += won(account, day)
        found[day] = count
    return found


def night(day: date) -> datetime:
    """When the count of the evening before is read."""
    return datetime.combine(day, time(3), UTC)


def report(account: str, since: date) -> dict[str, Any]:
    """What YouTube Analytics says of the days since then."""
    names = ("day", "subscribersGained", "subscribersLost")
    rows = [[day.isoformat(), won(account, day) + 2, 2] for day in days(since, LAST)]
    return {"columnHeaders": [{"name": name} for name in names], "rows": rows}


def plan() -> Iterator[Landed]:
    tables = {
        "brand": [BRAND],
        "influencers": [{"influencer_id": "ana", "name": "Ana"}],
        "accounts": [
            {"owner_id": "brand", "platform": platform, "account_id": account, "handle": account,
             "is_authorised": account != "UCpublic", "valid_from": None, "valid_to": None}
            for account, platform in OWN.items()
        ],
        "campaigns": [
            {"campaign_id": name, "name": name, "starts_on": str(first), "ends_on": str(last),
             "contribution_margin": None}
            for name, (first, last) in CAMPAIGNS.items()
        ],
        "collaborations": [
            {"collaboration_id": f"ana-{name}", "campaign_id": name, "influencer_id": "ana",
             "starts_on": str(first), "ends_on": str(last)}
            for name, (first, last) in CAMPAIGNS.items()
        ],
        "costs": [
            {"cost_id": name, "collaboration_id": f"ana-{name}", "cost_type": "fee",
             "amount": "420.00", "currency_code": "EUR", "incurred_on": str(first),
             "paid_on": None}
            for name, (first, _) in CAMPAIGNS.items()
        ],
    }  # fmt: skip
    for stream, rows in tables.items():
        yield Landed("plan", stream, night(FIRST), rows)


def nights() -> Iterator[Landed]:
    instagram, tiktok = counts("1784999"), counts("tt-own")
    for day in days(FIRST, LAST):
        at = night(day + timedelta(days=1))
        if at.date() not in MISSED:
            page = {"id": "1784999", "username": "own", "followers_count": instagram[day]}
            yield Landed("instagram", "accounts", at, [page], [{"account_id": "1784999"}])
        if at.date() >= CONNECTED:
            user = {"display_name": "own", "follower_count": tiktok[day]}
            yield Landed("tiktok", "accounts", at, [user], [{"account_id": "tt-own"}])
            kept = ["UCown", *(["UCpublic"] if at.date() >= KEPT_SINCE else [])]
            shown = [channel(name, str(counts(name)[day] // 100 * 100)) for name in kept]
            yield Landed("youtube", "channels", at, shown, [{}] * len(shown))
    since = {"UCown": FIRST, "UClate": LAST - timedelta(days=20)}
    reports = [report(account, first) for account, first in since.items()]
    asked = [{"account_id": a, "since": str(f), "until": str(LAST)} for a, f in since.items()]
    yield Landed("youtube_analytics", "channel_days", night(LAST), reports, asked)


@pytest.fixture(scope="module")
def marts(models_of_lifts: list[Model]) -> Iterable[duckdb.DuckDBPyConnection]:
    with built_of([*plan(), *nights()], models_of_lifts) as con:
        yield con


COLUMNS = (
    "verdict, reason, opening_on, days_measured, history_days, observed_net,"
    " lift::double, joint_lift::double, cost_per_incremental_follower::double"
)
BEYOND = "beyond what happens without a campaign"
NOTHING = (None,) * 3


def of(marts: duckdb.DuckDBPyConnection, account: str) -> dict[str, tuple[Any, ...]]:
    """COLUMNS of each campaign's row."""
    found = marts.execute(
        f"select campaign_id, {COLUMNS} from marts.rpt_audience_lift"  # noqa: S608
        " where account_id = ?",
        [account],
    ).fetchall()
    return {campaign: tuple(rest) for campaign, *rest in found}


def test_campaigns_on_the_same_days_are_not_told_apart_and_share_what_both_added(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    found = of(marts, "1784999")
    # usual: 61 days before `summer` without the two missed, 23 after its week; 21 days of 10 more
    joint = (date(2026, 9, 13), 21, 82, None, None, 210.0, None)
    assert found["launch"] == ("not_separable", "ran on the same days as gifts", *joint)
    assert found["gifts"] == ("not_separable", "ran on the same days as launch", *joint)
    assert marts.execute(
        "select distinct joint_lift_lo between 195 and 209, joint_lift_hi between 211 and 225"
        " from marts.rpt_audience_lift where joint_lift is not null"
    ).fetchall() == [(True, True)]


def test_a_night_missed_on_the_eve_is_counted_from_the_one_before(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    # 350 in the two weeks and 9 on the day before them, of which 140 + 9 are usual
    due = (date(2026, 7, 30), 14, 59, 359, 210.0, None, 2.00)
    assert of(marts, "1784999")["summer"] == ("up", BEYOND, *due)


def test_a_campaign_that_added_nothing_is_not_detectable_after_three_that_did(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    verdict, reason, *rest = of(marts, "1784999")["october"]
    assert verdict == "not_detectable"
    assert reason.startswith("within what happens without a campaign; from ")
    assert rest == [date(2026, 10, 18), 10, 89, 100, 0.0, None, None]


def test_an_account_connected_in_mid_campaign_is_too_short_until_it_knows_four_usual_weeks(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    first = "the account was first read on 2026-08-07, not before the campaign"
    joint = (date(2026, 9, 13), 21, 23, None, *NOTHING)  # 22 August to 13 September: 23 of 28
    assert of(marts, "tt-own") == {
        "summer": ("too_short", first, None, 14, None, None, *NOTHING),
        "launch": ("not_separable", "ran on the same days as gifts", *joint),
        "gifts": ("not_separable", "ran on the same days as launch", *joint),
        # seven more days from 12 to 18 October
        "october": ("up", BEYOND, date(2026, 10, 18), 10, 30, 300, 200.0, None, 2.10),
    }


def test_an_account_connected_in_mid_campaign_is_measured_where_its_dated_figures_reach_back(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    joint = (date(2026, 9, 13), 21, 84, None, None, 210.0, None)
    assert of(marts, "UCown") == {
        "summer": ("up", BEYOND, date(2026, 7, 31), 14, 61, 350, 210.0, None, 2.00),
        "launch": ("not_separable", "ran on the same days as gifts", *joint),
        "gifts": ("not_separable", "ran on the same days as launch", *joint),
        "october": ("up", BEYOND, date(2026, 10, 18), 10, 91, 300, 200.0, None, 2.10),
    }
    late, nothing = of(marts, "UClate"), (None, None, None, None, *NOTHING)
    first = "the account was first read on 2026-10-12, not before the campaign"
    assert {name: late[name] for name in ("summer", "launch", "gifts")} == dict.fromkeys(
        ("summer", "launch", "gifts"), ("too_short", first, *nothing)
    )
    few = "7 days without a campaign are known before it, too few to say what is usual"
    due = (date(2026, 10, 18), 10, 7, 300, *NOTHING)
    assert late["october"] == ("too_short", few, *due)


def test_an_account_that_never_authorised_is_told_that_its_counts_are_not_kept(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    gone = (
        "counts of an account that has not authorised you are kept for 30 days only,"
        " so the 28 days before the campaign are gone: have it authorise you"
    )
    found, nothing = of(marts, "UCpublic"), (None, None, None, None, *NOTHING)
    for name in ("summer", "launch", "gifts"):
        assert found[name] == ("too_short", gone, *nothing), name
    # usual and known before it are 12 to 18 October; ten days of 210 are shown as 2,100
    due = (date(2026, 10, 18), 10, 7, 2_100, *NOTHING)
    assert found["october"] == ("too_short", gone, *due)


def test_a_campaign_without_any_post_is_measured_like_others(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    landed = marts.execute("select distinct stream from raw.fetch_streams").fetchall()
    assert not {stream for (stream,) in landed} & {"media", "videos", "playlist_items", "posts"}
    assert of(marts, "tt-own")["october"][0] == "up"


@pytest.mark.parametrize("without", ["accounts", "campaigns"])
def test_without_accounts_or_campaigns_of_the_brand_the_mart_is_empty_and_has_its_columns(
    models_of_lifts: list[Model], without: str
) -> None:
    landed = [each for each in plan() if each.stream != without]
    with built_of([*landed, *nights()], models_of_lifts) as con:
        rows = con.execute("select verdict, reason, lift from marts.rpt_audience_lift").fetchall()
        names = [each[0] for each in con.execute("from marts.rpt_audience_lift").description]
    assert {"campaign_id", "verdict", "lift", "min_detectable_lift"} <= set(names)
    assert rows == []


def test_one_campaign_of_one_account_is_one_row(models_of_lifts: list[Model]) -> None:
    first = {"campaigns": "october", "accounts": "tt-own"}
    landed = [
        each._replace(rows=[row for row in each.rows if first[each.stream] in row.values()])
        if each.stream in first
        else each
        for each in plan()
    ]
    with built_of([*landed, *nights()], models_of_lifts) as con:
        assert con.execute(
            "select campaign_id, account_id, verdict, observed_net from marts.rpt_audience_lift"
        ).fetchall() == [("october", "tt-own", "up", 300)]
