"""GA4 Data API v1beta: `runReport` over sessions by day and utm parameters.

Every value is a string, `rows` is absent when there is none, and what a visit says about itself is
`(not set)` where it says nothing. Sessions are told some hours late, purchases once they are made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from sandbox.credentials import CREDENTIALS
from sandbox.moments import HOUR, day_number
from sandbox.wire import Answer, Ask, bearer, json_answer

if TYPE_CHECKING:
    from sandbox.clicks import Clicks
    from sandbox.facts import Facts
    from sandbox.vendors.google_oauth import GoogleOAuth

PREFIX = "/v1beta/properties/"
_DIMENSIONS = (
    "date",
    "sessionManualSource",
    "sessionManualMedium",
    "sessionManualCampaignName",
    "sessionManualAdContent",
)
_METRICS = {
    "sessions": "TYPE_INTEGER",
    "totalUsers": "TYPE_INTEGER",
    "engagedSessions": "TYPE_INTEGER",
    "ecommercePurchases": "TYPE_INTEGER",
    "purchaseRevenue": "TYPE_CURRENCY",
}
_LATE = 6 * HOUR
_ROLLED_UP_EVERY = 17  # days on which small rows end in (other)
_OTHERS = (
    (("(not set)",) * 4, 240),
    (("newsletter", "email", "weekly", "(not set)"), 35),
    (("google", "cpc", "brand", "(not set)"), 60),
)
_MOST_ROWS = 250_000
_DEFAULT_ROWS = 10_000
# The same for every answer, so that a repeated question has the same answer.
_QUOTA = {
    "tokensPerDay": {"consumed": 7, "remaining": 199_993},
    "tokensPerHour": {"consumed": 7, "remaining": 39_993},
    "concurrentRequests": {"consumed": 0, "remaining": 10},
    "serverErrorsPerProjectPerHour": {"consumed": 0, "remaining": 10},
    "potentiallyThresholdedRequestsPerHour": {"consumed": 0, "remaining": 120},
    "tokensPerProjectPerHour": {"consumed": 7, "remaining": 13_993},
}


class Count(NamedTuple):
    """What one row counts, in the order of the metrics; `cents` of revenue."""

    sessions: int
    users: int
    engaged: int
    purchases: int
    cents: int


class Ga4:
    """Serves the sessions of the shop's visitors, days in its time zone."""

    def __init__(self, facts: Facts, clicks: Clicks, oauth: GoogleOAuth) -> None:
        self._facts, self._clicks, self._oauth = facts, clicks, oauth
        self._zone = ZoneInfo(facts.shop.time_zone)

    def answer(self, ask: Ask) -> Answer:
        grant = self._oauth.grant(bearer(ask.headers), ask.at)
        if grant is None or grant.source != "ga4":
            message = "Request had invalid authentication credentials."
            return _error(401, "UNAUTHENTICATED", message)
        name, _, method = ask.path.removeprefix(PREFIX).partition(":")
        if name != CREDENTIALS["ga4"]["property"]:
            message = "User does not have sufficient permissions for this property."
            return _error(403, "PERMISSION_DENIED", message)
        if ask.method != "POST" or method != "runReport":
            return _error(404, "NOT_FOUND", "Method not found.")
        try:
            return self._report(orjson.loads(ask.body), ask.at)
        except (KeyError, TypeError, ValueError) as error:
            return _error(400, "INVALID_ARGUMENT", f"Field {error} is not valid.")

    def _report(self, asked: dict[str, Any], at: int) -> Answer:
        dimensions = [item["name"] for item in asked["dimensions"]]
        metrics = [item["name"] for item in asked["metrics"]]
        for name in dimensions:
            _DIMENSIONS.index(name)
        types = [_METRICS[name] for name in metrics]
        limit = int(asked.get("limit", _DEFAULT_ROWS))
        offset = int(asked.get("offset", 0))
        if not 0 < limit <= _MOST_ROWS or offset < 0:
            raise ValueError("limit")
        counted: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * len(_METRICS))
        places = [_DIMENSIONS.index(name) for name in dimensions]
        today = datetime.fromtimestamp(at, self._zone).date()
        days = sorted({day for span in asked["dateRanges"] for day in _days(span, today)})
        for values, count in (*self._others(days, at), *self._linked(days, at)):
            total = counted[tuple(values[place] for place in places)]
            for index, value in enumerate(count):
                total[index] += value
        is_rolled_up = any(day_number(day) % _ROLLED_UP_EVERY == 0 for day in days)
        rows = sorted(counted.items(), key=lambda row: _order(asked, dimensions, row[0]))
        page = rows[offset : offset + limit]
        columns = [list(_METRICS).index(name) for name in metrics]
        body: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [
                {"name": name, "type": kind} for name, kind in zip(metrics, types, strict=True)
            ],
        }
        if page:
            body["rows"] = [
                {
                    "dimensionValues": [{"value": value} for value in values],
                    "metricValues": [{"value": _metric(count, column)} for column in columns],
                }
                for values, count in page
            ]
        if rows:
            body["rowCount"] = len(rows)
        shop = self._facts.shop
        body["metadata"] = {"currencyCode": shop.currency, "timeZone": shop.time_zone}
        if is_rolled_up:
            body["metadata"]["dataLossFromOtherRow"] = True
        if asked.get("returnPropertyQuota"):
            body["propertyQuota"] = _QUOTA
        return json_answer(body | {"kind": "analyticsData#runReport"})

    def _others(self, days: list[date], at: int) -> Iterator[tuple[tuple[str, ...], Count]]:
        """(dimension values, counts) of visitors who came through no link of the plan."""
        for day in days:
            begin, end = self._start(day), self._start(day + timedelta(days=1))
            share = (min(end, at - _LATE) - begin) / (end - begin)
            for number, (values, usual) in enumerate(_OTHERS):
                rng = np.random.default_rng([self._facts.seed, 41, number, day_number(day)])
                sessions = int(rng.poisson(usual) * share)
                if sessions > 0:
                    yield (f"{day:%Y%m%d}", *values), Count(*_people(sessions), 0, 0)

    def _linked(self, days: list[date], at: int) -> Iterator[tuple[tuple[str, ...], Count]]:
        """(dimension values, counts) of those who did, as it is known at an instant."""
        told = at - _LATE
        begins = np.array([self._start(day) for day in days])
        ends = np.array([self._start(day + timedelta(days=1)) for day in days])
        for link_id, traffic in self._clicks.traffic.items():
            link = self._clicks.links[link_id]
            utm = (link.utm_source, link.utm_medium, link.utm_campaign, link.utm_content)
            first = np.searchsorted(traffic.sessions, np.minimum(begins, told))
            sessions = np.searchsorted(traffic.sessions, np.minimum(ends, told)) - first
            for index in np.flatnonzero(sessions).tolist():
                day, count = days[index], int(sessions[index])
                bought = [
                    purchase.cents
                    for purchase in traffic.purchases
                    if begins[index] <= purchase.visited_at < ends[index]
                    and purchase.ordered_at < told
                ]
                is_small = count <= 2 and day_number(day) % _ROLLED_UP_EVERY == 0
                values = ("(other)",) * 4 if is_small else utm
                found = Count(*_people(count), len(bought), sum(bought))
                yield (f"{day:%Y%m%d}", *values), found

    def _start(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp())


def _people(sessions: int) -> tuple[int, int, int]:
    """Sessions, users and engaged sessions; a few people come back within a day."""
    return sessions, sessions - sessions // 12, sessions - sessions // 3


def _days(span: dict[str, str], today: date) -> Iterator[date]:
    names = {"today": today, "yesterday": today - timedelta(days=1)}
    first, last = (
        names.get(span[name]) or date.fromisoformat(span[name]) for name in ("startDate", "endDate")
    )
    if last < first:
        raise ValueError("endDate")
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _order(asked: dict[str, Any], dimensions: list[str], values: tuple[str, ...]) -> Any:
    named = [item["dimension"]["dimensionName"] for item in asked.get("orderBys", ())]
    # Without an order the vendor's own is any other than the usual one.
    return [values[dimensions.index(name)] for name in named] or values[::-1]


def _metric(count: list[int], column: int) -> str:
    if column == list(_METRICS).index("purchaseRevenue"):
        return f"{count[column] / 100:.2f}".rstrip("0").rstrip(".")
    return str(count[column])


def _error(code: int, status: str, message: str) -> Answer:
    return json_answer({"error": {"code": code, "message": message, "status": status}}, code)
