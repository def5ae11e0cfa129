"""Bitly, GA4, impact.com and Google's tokens on the wire: one traffic, told in four formats."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest
import requests

from sandbox.clicks import Clicks
from sandbox.credentials import CREDENTIALS

METRICS = ["sessions", "totalUsers", "engagedSessions", "ecommercePurchases", "purchaseRevenue"]
UTM = [f"sessionManual{name}" for name in ("Source", "Medium", "CampaignName", "AdContent")]
REPORT = "/v1beta/properties/310001:runReport"
ACTIONS = "/Advertisers/IRlumen/Actions"
LATE, MIDDLE = "2026-03-20T06:00:00Z", "2026-02-15T06:00:00Z"


@pytest.fixture(scope="module")
def clicks(world):
    return Clicks(world)


@pytest.fixture(scope="module")
def busy(clicks):
    """The link with the most clicks."""
    return max(clicks.links.values(), key=lambda link: len(clicks.traffic[link.link_id].clicks))


def ask_token(url, at, **change):
    held = {name: value for name, value in CREDENTIALS["ga4"].items() if name.startswith("client")}
    form = {
        "grant_type": "refresh_token",
        "refresh_token": CREDENTIALS["ga4"]["token"],
        **held,
        **change,
    }
    return requests.post(f"{url}/token", data=form, headers={"X-Microlift-Clock": at}, timeout=10)


@pytest.fixture(scope="module")
def report(sandbox):
    """Ask GA4; the response."""

    def ask(first, last, at=LATE, token=None, path=REPORT, **more):
        question = {
            "dateRanges": [{"startDate": first, "endDate": last}],
            "dimensions": [{"name": name} for name in ["date", *UTM]],
            "metrics": [{"name": name} for name in METRICS],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in ["date", *UTM]],
            **more,
        }
        token = token or ask_token(sandbox.url, at).json()["access_token"]
        headers = {"X-Microlift-Clock": at, "Authorization": f"Bearer {token}"}
        return requests.post(sandbox.url + path, json=question, headers=headers, timeout=10)

    return ask


def days_of(get, link, at=LATE, units="30", **more):
    path = f"/v4/bitlinks/{link.short_url.removeprefix('https://')}/clicks"
    return get("bitly", path, at, unit="day", units=units, **more)


def test_clicks_come_by_day_newest_first_with_the_days_without(get, busy):
    body = days_of(get, busy, units="60", unit_reference="2026-03-20T00:00:00+0000").json()
    dates = [day["date"] for day in body["link_clicks"]]
    assert dates == sorted(dates, reverse=True)
    assert (dates[0], len(dates)) == ("2026-03-19T00:00:00+0000", 60)
    counts = [day["clicks"] for day in body["link_clicks"]]
    assert 0 in counts
    assert max(counts) > 5


def test_a_day_that_is_over_does_not_change_and_today_grows(get, busy, clicks):
    noon = int(clicks.traffic[busy.link_id].clicks[-1]) // 86_400 * 86_400
    whole = days_of(get, busy, at=str(noon + 200_000), units="-1").json()["link_clicks"]
    assert sum(day["clicks"] for day in whole) == len(clicks.traffic[busy.link_id].clicks)
    reference = {"unit_reference": str(noon + 86_400)}
    early = days_of(get, busy, at=str(noon), units="5", **reference).json()["link_clicks"]
    late = days_of(get, busy, at=str(noon + 90_000), units="5", **reference).json()["link_clicks"]
    assert early[1:] == late[1:]
    assert early[0]["clicks"] < late[0]["clicks"]


def test_a_bitlink_that_nobody_made_is_not_found_and_a_wrong_token_forbidden(sandbox, get):
    assert (
        get("bitly", "/v4/bitlinks/bit.ly/nothing/clicks", unit="day", units="1").status_code == 404
    )
    answer = requests.get(f"{sandbox.url}/v4/bitlinks/bit.ly/x/clicks", timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (403, "FORBIDDEN")


def test_the_body_of_clicks_is_what_bitlys_own_schema_says(get, busy):
    found = importlib.util.find_spec("tap_bitly")  # found, not imported: only its file is wanted
    if found is None or found.submodule_search_locations is None:
        pytest.skip("tap-bitly is not installed")
    path = Path(found.submodule_search_locations[0]) / "openapi" / "openapi.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    schemas = spec["components"]["schemas"]
    for name in ("Clicks", "LinkClicks"):  # the schema lets anything be missing or added
        schemas[name] |= {"additionalProperties": False, "required": [*schemas[name]["properties"]]}
    wanted = {"$ref": "#/components/schemas/Clicks", "components": spec["components"]}
    body = days_of(get, busy).json()
    jsonschema.validate(body, wanted)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body | {"units": "30"}, wanted)


def test_a_report_is_strings_and_says_where_its_days_begin(report):
    body = report("2026-03-02", "2026-03-03", returnPropertyQuota=True).json()
    assert [header["name"] for header in body["dimensionHeaders"]] == ["date", *UTM]
    values = [v["value"] for row in body["rows"] for v in row["metricValues"]]
    assert all(isinstance(value, str) for value in values)
    assert {row["dimensionValues"][0]["value"] for row in body["rows"]} == {"20260302", "20260303"}
    assert body["metadata"]["timeZone"] == "Europe/Berlin"
    assert body["propertyQuota"]["tokensPerDay"]["remaining"] > 20_000
    assert body["rowCount"] == len(body["rows"])


def test_pages_of_a_report_are_side_by_side_and_nothing_has_no_rows(report):
    whole = report("2026-02-01", "2026-03-01", limit="100000").json()
    rows = []
    while len(rows) < whole["rowCount"]:
        page = report("2026-02-01", "2026-03-01", limit=37, offset=str(len(rows))).json()
        assert page["rowCount"] == whole["rowCount"]
        rows += page["rows"]
    assert rows == whole["rows"]
    nothing = report("2027-01-01", "2027-01-02").json()
    assert "rows" not in nothing
    assert "rowCount" not in nothing


def test_small_rows_end_in_other_and_the_report_says_so(report):
    body = report("2026-01-01", "2026-03-19", limit="100000").json()
    assert body["metadata"]["dataLossFromOtherRow"] is True
    others = [r for r in body["rows"] if r["dimensionValues"][4]["value"] == "(other)"]
    days = [row["dimensionValues"][0]["value"] for row in others]
    assert days
    for day in ("2026-03-01", "2026-03-02"):
        is_lossy = "dataLossFromOtherRow" in report(day, day).json()["metadata"]
        assert is_lossy is (day.replace("-", "") in days)


def test_purchases_are_told_later_than_the_sessions_they_came_from(report):
    def totals(at):
        rows = report("2026-02-01", "2026-02-14", at=at).json()["rows"]
        return [sum(float(row["metricValues"][n]["value"]) for row in rows) for n in (0, 3)]

    early, late = totals(MIDDLE), totals(LATE)
    assert early[0] == late[0]
    assert early[1] < late[1]


def test_sessions_are_fewer_than_clicks_for_not_all_may_be_measured(clicks):
    for traffic in clicks.traffic.values():
        assert set(traffic.sessions.tolist()) <= set(traffic.clicks.tolist())
    sessions, all_clicks = (
        sum(len(getattr(t, name)) for t in clicks.traffic.values())
        for name in ("sessions", "clicks")
    )
    assert 0.8 < sessions / all_clicks < 0.92


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"token": "other"}, 401),
        ({"path": "/v1beta/properties/1:runReport"}, 403),
        ({"path": "/v1beta/properties/310001:runNothing"}, 404),
        ({"metrics": [{"name": "clicks"}]}, 400),
        ({"limit": "0"}, 400),
    ],
    ids=["token", "property", "method", "metric", "limit"],
)
def test_a_question_that_cannot_be_answered_is_refused_in_googles_words(report, more, status):
    answer = report("2026-03-02", "2026-03-03", **more)
    assert answer.status_code == answer.json()["error"]["code"] == status


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 200), ({"refresh_token": "mine"}, 400), ({"client_secret": "x"}, 401)],
)
def test_google_gives_an_access_token_for_a_refresh_token(sandbox, change, status):
    answer = ask_token(sandbox.url, LATE, **change)
    assert answer.status_code == status
    assert ("access_token" in answer.json()) is (status == 200)


def actions_of(get, at=LATE, **query):
    return get("impact", ACTIONS, at, CampaignId="1000", PageSize="20000", **query)


def whole(get, at):
    """Every action of the world that is known at an instant, by id."""
    spans = (("2026-01-01", "2026-02-14"), ("2026-02-15", "2026-03-31"))
    found = {}
    for first, last in spans:
        page = actions_of(
            get, at, ActionDateStart=f"{first}T00:00:00Z", ActionDateEnd=f"{last}T23:59:59Z"
        ).json()
        found |= {action["Id"]: action for action in page["Actions"]}
    return found


def test_one_deal_in_five_runs_through_the_network(get, world):
    found = whole(get, LATE).values()
    partners = {action["MediaPartnerId"] for action in found}
    assert 1 < len(partners) <= -(-len(world.collaborations) // 5)
    assert {action["ReferringType"] for action in found} == {"CLICK_COOKIE", "PROMO_CODE"}
    assert {type(action["Amount"]) for action in found} == {str, float}
    assert {action["ReferringDate"] == "" for action in found} == {True, False}
    numbers = {str(order.number) for order in world.orders.orders}
    assert {action["Oid"] for action in found} <= numbers


def test_an_approval_does_not_move_the_updated_date(get):
    early, late = whole(get, MIDDLE), whole(get, LATE)
    approved = {
        i for i in early if (early[i]["State"], late[i]["State"]) == ("PENDING", "APPROVED")
    }
    assert approved
    span = {"StartDate": "2026-02-16T00:00:00Z", "EndDate": "2026-03-31T23:59:59Z"}
    updated = {action["Id"] for action in actions_of(get, **span).json()["Actions"]}
    untouched = {i for i in approved if early[i]["Amount"] == late[i]["Amount"]}
    assert untouched
    assert not untouched & updated
    spans = (("2026-02-15", "2026-03-31"), ("2026-04-01", "2026-05-14"))
    locking = {
        action["Id"]
        for first, last in spans
        for action in actions_of(
            get, LockingDateStart=f"{first}T00:00:00Z", LockingDateEnd=f"{last}T23:59:59Z"
        ).json()["Actions"]
    }
    assert approved <= locking
    assert any(action["State"] == "REVERSED" for action in late.values())


def test_paging_keys_are_strings_and_the_last_page_leads_nowhere(get):
    body = actions_of(get).json()
    keys = ("@page", "@numpages", "@pagesize", "@total", "@start", "@end")
    assert all(isinstance(body[key], str) for key in keys)
    assert body["@nextpageuri"] == ""
    assert body["@total"] == str(len(body["Actions"]))


@pytest.mark.parametrize(
    "query",
    [
        {"StartDate": "2026-01-01T00:00:00Z", "EndDate": "2026-03-01T00:00:00Z"},
        {"StartDate": "2022-01-01T00:00:00Z", "EndDate": "2022-01-02T00:00:00Z"},
        {"CampaignId": "7"},
        {"PageSize": "10"},
    ],
    ids=["more than 45 days", "more than 3 years back", "another campaign", "a small page"],
)
def test_what_the_network_does_not_allow_is_a_bad_question(get, query):
    asked = {"CampaignId": "1000", "PageSize": "2000"} | query
    answer = get("impact", ACTIONS, **asked)
    assert answer.status_code == 400
    assert answer.json()["Status"] == "ERROR"
