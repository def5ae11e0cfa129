"""Orders as the shop knows them at an instant, and the index behind `updated_at` filters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

FOREVER = 1 << 40
LATEST = FOREVER - 1  # after everything that ever happens


class Visit(NamedTuple):
    """One visit of the journey to an order; utm fields are empty when the visit carried none."""

    at: int
    source: str
    referrer: str | None
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""


class Refund(NamedTuple):
    """Money given back: `subtotal` without tax and shipping, all in cents of the shop currency."""

    at: int
    subtotal: int
    tax: int
    shipping: int


class Edit(NamedTuple):
    """Goods added to an order after it was placed, in cents without tax."""

    at: int
    added: int


@dataclass(slots=True)
class Order:
    """One order; money in cents of the shop currency (in yen where it has no cents).

    `subtotal` is what its goods cost after the discount, as they were ordered; a gift card sold
    with them and goods added later stand beside it.
    """

    number: int
    created: int
    subtotal: int
    discount: int
    tax: int
    shipping: int
    quantity: int
    codes: tuple[str, ...] = ()
    percent_off: int = 0
    second_discount: int = 0  # the part of the discount that the last code gave
    gift_card: int = 0
    edits: tuple[Edit, ...] = ()
    customer: int | None = None
    customer_order: int = 1
    currency: str = ""  # empty: the shop's
    presentment: str = ""
    presentment_rate: float = 1.0
    visits: tuple[Visit, ...] = ()
    ready_at: int = 0
    has_journey: bool = True
    source_name: str = "web"
    is_test: bool = False
    is_pending: bool = False
    cancelled_at: int = FOREVER
    refunds: tuple[Refund, ...] = ()
    cause: str | None = None
    survey: str = ""  # the buyer's answer to "who sent you?"
    leaked_from: str | None = None  # the deal whose code came from a coupon site

    def added(self, at: int) -> int:
        """What edits have added by an instant."""
        return sum(edit.added for edit in self.edits if edit.at <= at)

    @property
    def changes(self) -> list[int]:
        """Every instant at which `updatedAt` moved, in order."""
        moments = {self.created, *(refund.at for refund in self.refunds)}
        moments |= {edit.at for edit in self.edits}
        if self.cancelled_at < FOREVER:
            moments.add(self.cancelled_at)
        return sorted(moments)


class Slot(NamedTuple):
    """An order in a filtered list, with the place to go on from."""

    position: int
    order: Order


class OrderBook:
    """All orders, found by the instant of their latest change.

    Each change of each order is one entry of a sorted index. At an instant an entry speaks for
    its order when no later change has happened yet, which needs no scan over orders.
    """

    def __init__(self, orders: Sequence[Order], earlier: Mapping[int, int] | None = None) -> None:
        """`orders` by rising number; `earlier` counts a customer's orders before the first."""
        self.orders = orders
        self._earlier = earlier or {}
        entries = sorted(
            (moment, order.number, index, following)
            for index, order in enumerate(orders)
            for moment, following in _with_next(order.changes)
        )
        self._at = np.array([entry[0] for entry in entries], dtype=np.int64)
        self._order = np.array([entry[2] for entry in entries], dtype=np.int64)
        self._until = np.array([entry[3] for entry in entries], dtype=np.int64)
        self._of_customer: dict[int, list[int]] = {}
        for order in sorted(orders, key=lambda order: (order.created, order.number)):
            if order.customer is not None:
                self._of_customer.setdefault(order.customer, []).append(order.created)

    def changed(self, since: int, until: int, at: int, after: int = -1) -> Iterator[Slot]:
        """Orders whose latest change at `at` lies in [since, until), oldest change first.

        `after` is the position of the last slot already handed out.
        """
        first = max(int(np.searchsorted(self._at, since)), after + 1)
        last = int(np.searchsorted(self._at, min(until, at + 1)))
        for offset in np.flatnonzero(self._until[first:last] > at).tolist():
            position = first + offset
            yield Slot(position, self.orders[int(self._order[position])])

    def orders_of(self, customer: int, at: int) -> int:
        """How many orders a customer has placed by an instant."""
        within = bisect_right(self._of_customer.get(customer, []), at)
        return self._earlier.get(customer, 0) + within


def _with_next(changes: list[int]) -> Iterator[tuple[int, int]]:
    return zip(changes, [*changes[1:], FOREVER], strict=True)
