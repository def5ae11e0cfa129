"""What one fetch has seen of orders: which it has read, and which must be read again.

A journey is worked out by the vendor after the order was placed, and it is not certain that the
order counts as updated then. So orders whose journey is not ready are read again by their id on
the following nights, for 30 days: so long a journey may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.page import parse_instant

if TYPE_CHECKING:
    from ingest.landing import FetchWriter

_JOURNEY_DAYS = timedelta(days=30)
# Sold without a visit to the shop's pages: these never have a journey.
_NEVER_HAVE_ONE = ("pos", "shopify_draft_order")  # compared, not hashed: a vendor may send a list


class Orders:
    """Shown every order of a fetch; `earlier` is what the fetch before left pending.

    `pending` are those to ask for again, by id, until their day.
    """

    def __init__(self, now: datetime, earlier: Mapping[str, date]) -> None:
        self.pending: dict[str, date] = {}
        self._today = now.date()
        self._earlier = earlier
        self.clear()

    def clear(self) -> None:
        """Forget what was seen: the reading begins anew."""
        self.pending.clear()
        self._seen: set[str] = set()
        self._without_lines: set[str] = set()
        self._cut: set[str] = set()
        self._given_up: set[str] = set()

    def look_at(self, order: Any) -> None:
        """Remember one order of a page or of a bulk operation's file."""
        order_id = order.get("id") if isinstance(order, dict) else None
        if not isinstance(order_id, str):
            return  # the row lacks a key field; load puts it aside
        self._seen.add(order_id)
        if _is_cut(order):
            self._cut.add(order_id)
        refunds = order.get("refunds")
        if isinstance(refunds, list) and any(
            isinstance(refund, dict) and "refundLineItems" not in refund for refund in refunds
        ):
            self._without_lines.add(order_id)
        created_at = parse_instant(order.get("createdAt"))
        if created_at is None or not _awaits_journey(order):
            self.pending.pop(order_id, None)
        elif (until := created_at.astimezone(UTC).date() + _JOURNEY_DAYS) > self._today:
            self.pending[order_id] = until
        elif order_id in self._earlier:
            self._given_up.add(order_id)

    def to_read_again(self) -> list[str]:
        """Ids whose refunds came without lines, and those pending that were not met yet."""
        return sorted(self._without_lines | ({*self._earlier} - self._seen))

    def to_read_whole(self) -> list[str]:
        """Ids whose lines, or those of a refund, did not fit into what was asked for."""
        return sorted(self._cut)

    def record_given_up(self, writer: FetchWriter) -> None:
        """Say how many journeys did not become ready in their 30 days."""
        late = sorted(self._given_up)
        if late:
            detail = f"no journey after 30 days for {len(late)} orders, such as {late[0]}"
            writer.problem("orders", {"orders": len(late)}, "not_ready", detail)


def _is_cut(order: Mapping[str, Any]) -> bool:
    refunds = order.get("refunds")
    lists = [order.get("lineItems")]
    if isinstance(refunds, list):
        lists += [one.get("refundLineItems") for one in refunds if isinstance(one, dict)]
    infos = [one.get("pageInfo") for one in lists if isinstance(one, dict)]
    return any(isinstance(info, dict) and bool(info.get("hasNextPage")) for info in infos)


def _awaits_journey(order: Mapping[str, Any]) -> bool:
    """Whether a journey may still come, and matters; a null one is not told from a late one."""
    if order.get("test") or order.get("cancelledAt") or order.get("sourceName") in _NEVER_HAVE_ONE:
        return False
    journey = order.get("customerJourneySummary")
    return not (isinstance(journey, dict) and journey.get("ready"))
