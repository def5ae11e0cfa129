"""The bodies that the shop delivers by webhooks: REST names, money as text, times of the shop.

They hold what no query of ours asks for (addresses, e-mail), as the vendor's do, so that a test can
see that none of it is landed. The person is invented: nobody's name, street and mailbox.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from sandbox.currencies import ZERO_DECIMAL
from sandbox.vendors.shopify_orders import (
    FIELDS,
    Line,
    View,
    discounts_of,
    lines_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.facts import Shop
    from sandbox.order_book import Order, OrderBook

PERSONAL = ("Vera", "Anybody", "1 Nowhere Lane", "vera@example.com", "+49 30 000000")
_PERSON = {"first_name": PERSONAL[0], "last_name": PERSONAL[1]}
_ADDRESS = {
    **_PERSON,
    "address1": PERSONAL[2], "address2": None, "phone": PERSONAL[4], "city": "Berlin",
    "zip": "10115", "province": "Berlin", "country": "Germany", "company": None, "latitude": None,
    "longitude": None, "name": f"{PERSONAL[0]} {PERSONAL[1]}", "country_code": "DE",
    "province_code": "BE",
}  # fmt: skip
# What has no value in this world and is null in every body.
_NULL = (
    "app_id browser_ip cart_token checkout_token client_details closed_at confirmation_number "
    "current_total_additional_fees_set current_total_duties_set device_id fulfillment_status "
    "landing_site_ref location_id merchant_of_record_app_id note "
    "original_total_additional_fees_set original_total_duties_set payment_terms phone po_number "
    "reference source_identifier source_url user_id"
)
_EMPTY = "fulfillments line_item_groups note_attributes returns tax_lines"
# REST name of a sum, its name in GraphQL; each comes as text in the shop's currency and as a set.
_SUMS = {
    "total_price": "totalPriceSet",
    "subtotal_price": "subtotalPriceSet",
    "total_discounts": "totalDiscountsSet",
    "total_tax": "totalTaxSet",
    "total_line_items_price": "subtotalPriceSet",
    "current_total_price": "currentTotalPriceSet",
    "current_subtotal_price": "currentSubtotalPriceSet",
    "current_total_discounts": "currentTotalDiscountsSet",
    "current_total_tax": "currentTotalTaxSet",
}
_SETS = {
    "total_shipping_price_set": "totalShippingPriceSet",
    "current_shipping_price_set": "currentShippingPriceSet",
}


def order_body(order: Order, at: int, book: OrderBook, shop: Shop) -> bytes:
    """The body of orders/create or orders/updated for an order as it stands at an instant."""
    view = View(order, at, book, shop)
    body: dict[str, Any] = {
        **dict.fromkeys(_NULL.split()),
        **{name: [] for name in _EMPTY.split()},
        "id": order.number,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.number}",
        "name": f"#{order.number}",
        "number": order.number - 1_000,
        "order_number": order.number,
        "created_at": _local(view, order.created),
        "processed_at": _local(view, order.created),
        "updated_at": _local(view, max(m for m in order.changes if m <= at)),
        "cancelled_at": _local(view, order.cancelled_at) if view.is_cancelled else None,
        "cancel_reason": "customer" if view.is_cancelled else None,
        "test": order.is_test,
        "financial_status": str(FIELDS["displayFinancialStatus"](view)).lower(),
        "currency": view.currency,
        "presentment_currency": order.presentment or view.currency,
        "taxes_included": False,
        "source_name": order.source_name,
        "landing_site": _landing_site(order),
        "referring_site": order.visits[-1].referrer if order.visits else None,
        "discount_codes": _codes(view),
        "refunds": [_refund(view, index) for index in range(len(view.refunds))],
        "discount_applications": [_application(view, code) for code in order.codes],
        "line_items": [_line(view, line) for line in lines_of(view)],
        "shipping_lines": [],
        "customer": _customer(view),
        "billing_address": _ADDRESS,
        "shipping_address": _ADDRESS,
        "email": PERSONAL[3],
        "contact_email": PERSONAL[3],
        "buyer_accepts_marketing": False,
        "confirmed": True,
        "customer_locale": "de",
        "duties_included": False,
        "estimated_taxes": False,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "order_status_url": f"https://{shop.handle}.example/orders/{order.number}/authenticate?key=k",
        "payment_gateway_names": ["bogus"],
        "tags": "",
        "tax_exempt": False,
        "token": f"{order.number:032x}",
        "total_cash_rounding_payment_adjustment_set": _rest(view.money(0)),
        "total_cash_rounding_refund_adjustment_set": _rest(view.money(0)),
        "total_outstanding": "0.00",
        "total_tip_received": "0.00",
        "total_weight": 0,
    }
    for name, field in _SUMS.items():
        money = FIELDS[field](view)
        body[name] = _text(money)
        body[f"{name}_set"] = _rest(money)
    for name, field in _SETS.items():
        body[name] = _rest(FIELDS[field](view))
    return orjson.dumps(body)


def refund_body(order: Order, index: int, book: OrderBook, shop: Shop) -> bytes:
    """The body of refunds/create for one of an order's refunds, as it was made."""
    view = View(order, order.refunds[index].at, book, shop)
    return orjson.dumps(_refund(view, index))


def _refund(view: View, index: int) -> dict[str, Any]:
    """A refund; its lines' subtotals are numbers beside the text of their sets."""
    order, refund = view.order, view.order.refunds[index]
    number = order.number * 10 + index
    subtotal, tax = view.money(refund.subtotal), view.money(refund.tax)
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Refund/{number}",
        "order_id": order.number,
        "created_at": _local(view, refund.at),
        "processed_at": _local(view, refund.at),
        "note": "",
        "user_id": 1,
        "restock": True,
        "return": None,
        "duties": [],
        "total_duties_set": _rest(view.money(0)),
        "order_adjustments": [],
        "refund_shipping_lines": [],
        "transactions": [],
        "refund_line_items": [
            {
                "id": number,
                "line_item_id": order.number,
                "location_id": None,
                "quantity": 1,
                "restock_type": "return",
                "subtotal": float(subtotal["shopMoney"]["amount"]),
                "total_tax": float(tax["shopMoney"]["amount"]),
                "subtotal_set": _rest(subtotal),
                "total_tax_set": _rest(tax),
                "line_item": _line(view, lines_of(view)[0]),
            }
        ],
    }


def _line(view: View, line: Line) -> dict[str, Any]:
    price = view.money(line.gross // line.quantity)
    return {
        "id": line.number, "admin_graphql_api_id": f"gid://shopify/LineItem/{line.number}",
        "attributed_staffs": [], "current_quantity": line.quantity, "fulfillable_quantity": 0,
        "fulfillment_service": "gift_card" if line.is_gift_card else "manual",
        "fulfillment_status": None, "gift_card": line.is_gift_card,
        "grams": 50, "name": line.name, "price": _text(price), "price_set": _rest(price),
        "product_exists": True, "product_id": 1, "properties": [], "quantity": line.quantity,
        "requires_shipping": not line.is_gift_card,
        "sku": "SERUM-30", "taxable": True, "title": line.name, "total_discount": "0.00",
        "total_discount_set": _rest(view.money(0)), "variant_id": 1,
        "variant_inventory_management": None, "variant_title": None, "vendor": None,
        "tax_lines": [], "duties": [],
        "discount_allocations": [
            {
                "amount": _text(view.money(amount)),
                "amount_set": _rest(view.money(amount)),
                "discount_application_index": place,
            }
            for place, _, amount in line.discounts
        ],
    }  # fmt: skip


def _application(view: View, code: str) -> dict[str, Any]:
    is_free_shipping = code == "FREESHIP"
    return {
        "target_type": "shipping_line" if is_free_shipping else "line_item",
        "type": "discount_code",
        "value": str(100 if is_free_shipping else view.order.percent_off),
        "value_type": "percentage",
        "allocation_method": "each" if is_free_shipping else "across",
        "target_selection": "all",
        "code": code,
    }


def _customer(view: View) -> dict[str, Any] | None:
    number = view.order.customer
    if number is None:
        return None
    return {
        **_PERSON,
        "id": number, "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "created_at": None, "updated_at": None, "state": "disabled", "note": None,
        "verified_email": True, "multipass_identifier": None, "tax_exempt": False,
        "email": PERSONAL[3], "phone": None, "currency": view.currency, "tax_exemptions": [],
        "default_address": {"id": number, "customer_id": number, "country_name": "Germany",
                            "default": True, **_ADDRESS},
    }  # fmt: skip


def _codes(view: View) -> list[dict[str, str]]:
    given = {code: amount for _, code, amount in discounts_of(view.order)}
    return [
        {
            "code": code,
            "amount": _text(view.money(given.get(code, 0))),
            "type": "shipping" if code == "FREESHIP" else "percentage",
        }
        for code in view.order.codes
    ]


def _landing_site(order: Order) -> str | None:
    if not order.visits:
        return None
    visit = order.visits[-1]
    utm = {
        "utm_source": visit.utm_source,
        "utm_medium": visit.utm_medium,
        "utm_campaign": visit.utm_campaign,
        "utm_content": visit.utm_content,
    }
    query = "&".join(f"{name}={value}" for name, value in utm.items() if value)
    return f"/?{query}" if query else "/"


def _text(money: Mapping[str, Any]) -> str:
    """The shop's amount as REST always writes it."""
    return _written(money["shopMoney"])


def _written(amount: Mapping[str, Any]) -> str:
    """Two places, or none where the currency has none."""
    places = 0 if amount["currencyCode"] in ZERO_DECIMAL else 2
    return f"{float(amount['amount']):.{places}f}"


def _rest(money: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        rest: {
            "amount": _written(money[graphql]),
            "currency_code": money[graphql]["currencyCode"],
        }
        for rest, graphql in (
            ("shop_money", "shopMoney"),
            ("presentment_money", "presentmentMoney"),
        )
    }


def _local(view: View, at: int) -> str:
    """`2026-11-21T08:00:00-05:00`: the shop's own time."""
    return datetime.fromtimestamp(at, ZoneInfo(view.shop.time_zone)).isoformat()
