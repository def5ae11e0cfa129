"""An order as Shopify's GraphQL shows it at an instant: each field made only when it is asked for.

Money comes as decimal strings whose scale varies, and every amount in the shop's currency and in
the one the buyer paid in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.currencies import ZERO_DECIMAL
from sandbox.moments import DAY, iso_z
from sandbox.vendors.graphql import Selection, project

if TYPE_CHECKING:
    from sandbox.facts import Shop
    from sandbox.order_book import Order, OrderBook, Refund, Visit

_NO_MORE = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


@dataclass(slots=True)
class View:
    """One order at one instant."""

    order: Order
    at: int
    book: OrderBook
    shop: Shop

    @property
    def refunds(self) -> list[Refund]:
        return [refund for refund in self.order.refunds if refund.at <= self.at]

    @property
    def subtotal(self) -> int:
        """After discounts and before refunds, with gift cards and what was added."""
        return self.order.subtotal + self.order.gift_card + self.order.added(self.at)

    @property
    def total(self) -> int:
        return self.subtotal + self.order.tax + self.order.shipping

    @property
    def is_cancelled(self) -> bool:
        return self.order.cancelled_at <= self.at

    @property
    def currency(self) -> str:
        return self.order.currency or self.shop.currency

    def refunded(self) -> int:
        return sum(refund.subtotal + refund.tax + refund.shipping for refund in self.refunds)

    def money(self, cents: int) -> dict[str, Any]:
        """A MoneyBag of an amount in cents of the order's currency."""
        order = self.order
        if self.currency in ZERO_DECIMAL:
            yen = {"amount": f"{cents}.0", "currencyCode": self.currency}
            return {"shopMoney": yen, "presentmentMoney": yen}
        shop = {"amount": _amount(cents, order.number), "currencyCode": self.currency}
        paid = order.presentment or self.currency
        if paid == self.currency:
            return {"shopMoney": shop, "presentmentMoney": shop}
        converted = round(cents * order.presentment_rate)
        if paid == "JPY":
            converted = (converted + 50) // 100 * 100
        amount = _amount(converted, order.number)
        return {"shopMoney": shop, "presentmentMoney": {"amount": amount, "currencyCode": paid}}


def _amount(cents: int, style: int) -> str:
    """`120.0` or `120.00`: the vendor sends both."""
    if cents % 10 == 0 and style % 2:
        return f"{cents // 100}.{cents % 100 // 10}"
    return f"{cents // 100}.{cents % 100:02d}"


def _status(view: View) -> str:
    if view.order.is_pending:
        return "VOIDED" if view.is_cancelled else "PENDING"
    back = view.refunded()
    if not view.refunds:
        return "PAID"
    return "REFUNDED" if back >= view.total else "PARTIALLY_REFUNDED"


def _customer(view: View) -> dict[str, Any] | None:
    number = view.order.customer
    if number is None:
        return None
    orders = str(view.book.orders_of(number, view.at))
    return {"id": f"gid://shopify/Customer/{number}", "numberOfOrders": orders}


def _discounts(view: View) -> list[dict[str, Any]]:
    order = view.order
    nodes: list[dict[str, Any]] = []
    for index, code in enumerate(order.codes):
        is_percentage = index == 0
        value: dict[str, Any] = {
            "__typename": "PricingPercentageValue",
            "percentage": float(order.percent_off if is_percentage else 100),
        }
        nodes.append(
            {
                "__typename": "DiscountCodeApplication",
                "index": index,
                "allocationMethod": "ACROSS" if is_percentage else "EACH",
                "targetSelection": "ALL",
                "targetType": "LINE_ITEM" if is_percentage else "SHIPPING_LINE",
                "code": code,
                "value": value,
            }
        )
    return nodes


def _journey(view: View) -> dict[str, Any] | None:
    order = view.order
    if not order.has_journey:
        return None
    if view.at < order.ready_at:
        return {
            "ready": False,
            "customerOrderIndex": None,
            "daysToConversion": None,
            "firstVisit": None,
            "lastVisit": None,
            "moments": None,
            "momentsCount": None,
        }
    visits = [_visit(view, index, visit) for index, visit in enumerate(order.visits)]
    return {
        "ready": True,
        "customerOrderIndex": order.customer_order,
        "daysToConversion": (order.created - order.visits[0].at) // DAY if visits else None,
        "firstVisit": visits[0] if visits else None,
        "lastVisit": visits[-1] if visits else None,
        "moments": _connection(visits),
        "momentsCount": {"count": len(visits)},
    }


def _visit(view: View, index: int, visit: Visit) -> dict[str, Any]:
    utm = None
    landing = f"https://{view.shop.handle}.example/"
    if visit.utm_content or visit.utm_campaign:
        utm = {
            "source": visit.utm_source or None,
            "medium": visit.utm_medium or None,
            "campaign": visit.utm_campaign or None,
            "content": visit.utm_content or None,
            "term": None,
        }
        landing += "?" + "&".join(f"utm_{name}={value}" for name, value in utm.items() if value)
    return {
        "__typename": "CustomerVisit",
        "id": f"gid://shopify/CustomerVisit/{view.order.number * 10 + index}",
        "occurredAt": iso_z(visit.at),
        "landingPage": landing,
        "referrerUrl": visit.referrer,
        "referralCode": None,
        "referralInfoHtml": "",
        "source": visit.source,
        "sourceDescription": visit.source.capitalize(),
        "sourceType": None,
        "utmParameters": utm,
    }


def _refunds(view: View) -> list[dict[str, Any]]:
    order = view.order
    line = {"id": f"gid://shopify/LineItem/{order.number}"}
    return [
        {
            "id": f"gid://shopify/Refund/{order.number * 10 + index}",
            "legacyResourceId": str(order.number * 10 + index),
            "createdAt": iso_z(refund.at),
            "processedAt": iso_z(refund.at),
            "updatedAt": iso_z(refund.at),
            "note": None,
            "totalRefundedSet": view.money(refund.subtotal + refund.tax + refund.shipping),
            "refundLineItems": _connection(
                [
                    {
                        "id": f"gid://shopify/RefundLineItem/{order.number * 10 + index}",
                        "quantity": _quantity(order, refund),
                        "restockType": "RETURN",
                        "lineItem": {**line, "isGiftCard": False},
                        "priceSet": view.money(refund.subtotal),
                        "subtotalSet": view.money(refund.subtotal),
                        "totalTaxSet": view.money(refund.tax),
                    }
                ]
            ),
        }
        for index, refund in enumerate(view.refunds)
    ]


def _quantity(order: Order, refund: Refund) -> int:
    return max(1, order.quantity * refund.subtotal // max(order.subtotal, 1))


class Line(NamedTuple):
    """One line of an order: `gross` before what its discounts gave, by code."""

    number: int
    name: str
    quantity: int
    gross: int
    discounts: tuple[tuple[int, str, int], ...] = ()  # (place, code, amount)
    is_gift_card: bool = False


def lines_of(view: View) -> list[Line]:
    """The lines of an order at an instant."""
    order = view.order
    gross = order.subtotal + order.discount
    found = [Line(order.number, "Serum", order.quantity, gross, discounts_of(order))]
    if order.gift_card:
        number = order.number * 100 + 50
        found.append(Line(number, "Gift card", 1, order.gift_card, (), is_gift_card=True))
    for index, edit in enumerate(order.edits):
        if edit.at <= view.at:
            found.append(Line(order.number * 100 + index, "Serum", 1, edit.added))
    return found


def discounts_of(order: Order) -> tuple[tuple[int, str, int], ...]:
    """(place, code, amount) of each code that lowered the price of goods."""
    if not order.codes or not order.discount:
        return ()
    first = (0, order.codes[0], order.discount - order.second_discount)
    if not order.second_discount:
        return (first,)
    last = len(order.codes) - 1
    return first, (last, order.codes[last], order.second_discount)


def _lines(view: View) -> list[dict[str, Any]]:
    return [
        {
            "id": f"gid://shopify/LineItem/{line.number}",
            "name": line.name,
            "sku": None if line.is_gift_card else "SERUM-30",
            "quantity": line.quantity,
            "currentQuantity": line.quantity,
            "isGiftCard": line.is_gift_card,
            "originalTotalSet": view.money(line.gross),
            "discountedTotalSet": view.money(line.gross),
            "discountAllocations": [
                {
                    "allocatedAmountSet": view.money(amount),
                    "discountApplication": {
                        "__typename": "DiscountCodeApplication",
                        "index": place,
                        "code": code,
                    },
                }
                for place, code, amount in line.discounts
            ],
        }
        for line in lines_of(view)
    ]


def _connection(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    edges = [{"cursor": str(index), "node": node} for index, node in enumerate(nodes)]
    return {"nodes": nodes, "edges": edges, "pageInfo": _NO_MORE}


def _last_change(view: View) -> str:
    return iso_z(max(moment for moment in view.order.changes if moment <= view.at))


def _back(view: View, part: str) -> int:
    return sum(getattr(refund, part) for refund in view.refunds)


FIELDS: dict[str, Callable[[View], Any]] = {
    "id": lambda v: f"gid://shopify/Order/{v.order.number}",
    "legacyResourceId": lambda v: str(v.order.number),
    "name": lambda v: f"#{v.order.number}",
    "createdAt": lambda v: iso_z(v.order.created),
    "processedAt": lambda v: iso_z(v.order.created),
    "updatedAt": _last_change,
    "cancelledAt": lambda v: iso_z(v.order.cancelled_at) if v.is_cancelled else None,
    "cancelReason": lambda v: "CUSTOMER" if v.is_cancelled else None,
    "closedAt": lambda v: None,
    "test": lambda v: v.order.is_test,
    "displayFinancialStatus": _status,
    "displayFulfillmentStatus": lambda v: "UNFULFILLED" if v.is_cancelled else "FULFILLED",
    "currencyCode": lambda v: v.currency,
    "presentmentCurrencyCode": lambda v: v.order.presentment or v.currency,
    "sourceName": lambda v: v.order.source_name,
    "tags": lambda v: [],
    "taxesIncluded": lambda v: False,
    "totalPriceSet": lambda v: v.money(v.total),
    "originalTotalPriceSet": lambda v: v.money(v.total - v.order.added(v.at)),
    "subtotalPriceSet": lambda v: v.money(v.subtotal),
    "totalDiscountsSet": lambda v: v.money(v.order.discount),
    "totalTaxSet": lambda v: v.money(v.order.tax),
    "totalShippingPriceSet": lambda v: v.money(v.order.shipping),
    "currentTotalPriceSet": lambda v: v.money(v.total - v.refunded()),
    "currentSubtotalPriceSet": lambda v: v.money(v.subtotal - _back(v, "subtotal")),
    "currentTotalDiscountsSet": lambda v: v.money(v.order.discount),
    "currentTotalTaxSet": lambda v: v.money(v.order.tax - _back(v, "tax")),
    "currentShippingPriceSet": lambda v: v.money(v.order.shipping - _back(v, "shipping")),
    "totalRefundedSet": lambda v: v.money(v.refunded()),
    "netPaymentSet": lambda v: v.money(v.total - v.refunded()),
    "discountCode": lambda v: v.order.codes[0] if v.order.codes else None,
    "discountCodes": lambda v: list(v.order.codes),
    "discountApplications": lambda v: _connection(_discounts(v)),
    "customer": _customer,
    "customerJourneySummary": _journey,
    "refunds": _refunds,
    "lineItems": lambda v: _connection(_lines(v)),
    "metafield": lambda v: {"value": v.order.survey} if v.order.survey else None,
}


def order_node(view: View, selections: tuple[Selection, ...]) -> dict[str, Any]:
    """The selected fields of an order."""
    return {
        chosen.key: "Order"
        if chosen.name == "__typename"
        else project(FIELDS[chosen.name](view), chosen.children)
        for chosen in selections
    }
