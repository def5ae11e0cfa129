"""impact.com, the brand's side: the actions of the deals that run through it.

Paging keys carry an @ and are strings, what is empty is "", and an approval does not move the
updated date. Amounts are numbers in some answers and strings in others.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sandbox.credentials import CREDENTIALS
from sandbox.moments import DAY, HOUR, day_of, parse_instant
from sandbox.order_book import FOREVER
from sandbox.wire import Answer, Ask, json_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.clicks import Clicks, TrackedLink
    from sandbox.facts import Facts
    from sandbox.order_book import Order

PREFIX = "/Advertisers/"
_HELD = CREDENTIALS["impact"]
_PAIR = base64.b64encode(f"{_HELD['account']}:{_HELD['token']}".encode()).decode()
_EVERY = 5  # one deal in five
_TRACKED_AFTER = 9 * 60
_LOCKS_AFTER_DAYS = 30
_APPROVED_BEFORE_LOCK = 4 * DAY
_LONGEST = 45 * DAY
_OLDEST = 3 * 366 * DAY
_PAGE_SIZES = range(2_000, 20_001)
_MOST_PAGES = 10
_PACIFIC = ZoneInfo("America/Los_Angeles")
_LIMITS = {
    "X-RateLimit-Limit": "1000",
    "X-RateLimit-Remaining": "990",
    "X-RateLimit-Reset": "1800",
}
_FILTERS = ("", "LockingDate", "ActionDate")


@dataclass(frozen=True)
class Action:
    """An order that a partner is paid for; `clicked_at` is None when only the code speaks."""

    order: Order
    link: TrackedLink
    clicked_at: int | None
    code: str

    @property
    def created(self) -> int:
        return self.order.created + _TRACKED_AFTER

    @property
    def locks_at(self) -> int:
        """A midnight in the account's time zone."""
        local = datetime.fromtimestamp(self.created + _LOCKS_AFTER_DAYS * DAY, _PACIFIC)
        return int(local.replace(hour=0, minute=0, second=0).timestamp())

    @property
    def reversed_at(self) -> int:
        """When the sale was undone as a whole, before the action was locked."""
        undone = [self.order.cancelled_at]
        undone += [r.at for r in self.order.refunds if r.subtotal >= self.order.subtotal]
        moment = min(undone)
        return moment if moment < self.locks_at else FOREVER

    def updated(self, at: int) -> int:
        """When it was last changed; approval is no change."""
        moments = [r.at for r in self.order.refunds if self.created < r.at < self.locks_at]
        return max([self.created, *(m for m in [*moments, self.reversed_at] if m <= at)])

    def state(self, at: int) -> str:
        if self.reversed_at <= at:
            return "REVERSED"
        return "APPROVED" if at >= self.locks_at - _APPROVED_BEFORE_LOCK else "PENDING"

    def amount(self, at: int) -> int:
        """Cents, after what was given back before the lock."""
        back = [r.subtotal for r in self.order.refunds if r.at <= min(at, self.locks_at - 1)]
        return 0 if self.reversed_at <= at else self.order.subtotal - sum(back)


class Impact:
    """Serves the actions of one account."""

    def __init__(self, facts: Facts, clicks: Clicks) -> None:
        self._facts, self._clicks = facts, clicks

    def answer(self, ask: Ask) -> Answer:
        if ask.headers.get("Authorization") != f"Basic {_PAIR}":
            return _error(401, "Authentication Failed")
        if "json" not in ask.headers.get("Accept", "") and not ask.path.endswith(".json"):
            return Answer(b"<ImpactRadiusResponse/>", content_type="application/xml")
        path = f"{PREFIX}{_HELD['account']}/Actions"
        if ask.method != "GET" or ask.path.removesuffix(".json") != path:
            return _error(403, "Access Denied")
        try:
            found = list(self._chosen(ask))
            page, size = int(ask.query.get("Page", "1")), int(ask.query.get("PageSize", "20000"))
        except (KeyError, ValueError) as error:
            return _error(400, "Validation Failed", str(error))
        if page not in range(1, _MOST_PAGES + 1) or size not in _PAGE_SIZES:
            return _error(400, "Validation Failed", "Page or PageSize")
        return json_answer(self._page(ask, found, page, size), headers=_LIMITS)

    def _chosen(self, ask: Ask) -> Iterator[Action]:
        """The actions known at the instant that the filters let through, oldest first."""
        if ask.query["CampaignId"] != _HELD["campaign"]:
            raise ValueError("CampaignId")
        spans = {}
        for name in _FILTERS:
            names = (f"{name}Start", f"{name}End") if name else ("StartDate", "EndDate")
            given = [ask.query.get(one) for one in names]
            if any(given):
                first, last = (parse_instant(str(text)) for text in given)
                if last - first > _LONGEST or first > last or first < ask.at - _OLDEST:
                    raise ValueError(f"{name}Date range")
                spans[name] = (first, last)
        spans = spans or {"ActionDate": (ask.at - 7 * DAY, ask.at)}
        known = bisect_right(self._actions, ask.at, key=lambda action: action.created)
        for action in self._actions[:known]:
            moments = {
                "": action.updated(ask.at),
                "LockingDate": action.locks_at,
                "ActionDate": action.order.created,
            }
            if all(first <= moments[name] <= last for name, (first, last) in spans.items()):
                yield action

    @cached_property
    def _actions(self) -> list[Action]:
        """Every action ever, by creation."""
        rows = self._facts.plan().rows
        deals = sorted(str(row[0]) for row in rows["collaborations"])[::_EVERY]
        links = {
            link.collaboration_id: link
            for link in self._clicks.links.values()
            if link.collaboration_id in deals
        }
        by_utm = {(link.utm_campaign, link.utm_content): link for link in links.values()}
        codes: dict[str, list[tuple[TrackedLink, date, date]]] = defaultdict(list)
        for code, deal, first, last in rows["codes"]:
            if str(deal) in links and isinstance(first, date) and isinstance(last, date):
                codes[str(code).upper()].append((links[str(deal)], first, last))
        found = []
        for order in self._facts.orders.orders:
            if order.is_test:
                continue
            day = day_of(order.created)
            code, coded = next(
                (
                    (typed.upper(), link)
                    for typed in order.codes
                    for link, first, last in codes.get(typed.upper(), ())
                    if first <= day <= last
                ),
                ("", None),
            )
            clicks = [
                (visit.at, by_utm[visit.utm_campaign, visit.utm_content])
                for visit in order.visits
                if (visit.utm_campaign, visit.utm_content) in by_utm
            ]
            clicked_at, link = clicks[-1] if clicks else (None, coded)
            if link is not None:
                found.append(Action(order, link, clicked_at, code if link is coded else ""))
        return sorted(found, key=lambda action: action.created)

    def _page(self, ask: Ask, found: list[Action], page: int, size: int) -> dict[str, Any]:
        start = (page - 1) * size
        shown = found[start : start + size]
        pages = max(1, -(-len(found) // size))
        body: dict[str, Any] = {
            "@page": str(page),
            "@numpages": str(pages),
            "@pagesize": str(size),
            "@total": str(len(found)),
            "@start": str(start),
            "@end": str(max(start + len(shown) - 1, 0)),
            "@uri": f"{ask.path}?{urlencode(ask.query)}",
            "@nextpageuri": "",
        }
        if page < pages:
            following = {**ask.query, "Page": str(page + 1)}
            body["@nextpageuri"] = f"{ask.path}?{urlencode(following)}"
        return body | {"Actions": [self._action(action, ask.at) for action in shown]}

    def _action(self, action: Action, at: int) -> dict[str, Any]:
        order = action.order
        amount = _amount(action.amount(at), order.number)
        payout = _amount(action.amount(at) // 10, order.number)
        is_click = action.clicked_at is not None
        campaign = int(_HELD["campaign"])
        action_id = f"{campaign}.4636.{order.number}"
        return {
            "Id": action_id,
            "CampaignId": campaign,
            "CampaignName": self._facts.shop.name,
            "ActionTrackerId": 2240,
            "ActionTrackerName": "Sale",
            "EventCode": "",
            "MediaPartnerId": 10_000 + int(action.link.collaboration_id[-4:]),
            "MediaPartnerName": action.link.utm_content,
            "State": action.state(at),
            "AdId": 506_720,
            "ClientCost": payout,
            "Payout": payout,
            "DeltaPayout": payout,
            "IntendedPayout": payout,
            "Amount": amount,
            "DeltaAmount": amount,
            "IntendedAmount": _amount(order.subtotal, order.number),
            "Currency": self._facts.shop.currency,
            "ReferringDate": _iso(action.clicked_at),
            "EventDate": _iso(order.created),
            "CreationDate": _iso(action.created),
            "LockingDate": _iso(action.locks_at),
            "ClearedDate": _iso(action.locks_at + HOUR) if at >= action.locks_at + HOUR else "",
            "ReferringType": "CLICK_COOKIE" if is_click else "PROMO_CODE",
            "ReferringDomain": "",
            "PromoCode": action.code,
            "Oid": str(order.number),
            "CustomerId": str(order.customer or ""),
            "CustomerStatus": "NEW" if order.customer_order == 1 else "EXISTING",
            "CustomerCountry": "DE",
            "SharedId": action.link.link_id if is_click else "",
            "Note": "",
            "Uri": f"{PREFIX}{_HELD['account']}/Actions/{action_id}",
        }


def _amount(cents: int, style: int) -> float | str:
    return f"{cents / 100:.2f}" if style % 2 else cents / 100


def _iso(instant: int | None) -> str:
    if instant is None:
        return ""
    return datetime.fromtimestamp(instant, _PACIFIC).isoformat()


def _error(status: int, message: str, field: str | None = None) -> Answer:
    body: dict[str, Any] = {"Status": "ERROR", "Message": message}
    if field:
        body["Errors"] = [{"Field": field, "Message": "is missing or not allowed"}]
    return json_answer(body, status, _LIMITS)
