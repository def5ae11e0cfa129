"""The orders of `marts_world.py`, as Shopify's GraphQL answers them. Each is there for one rule."""

from __future__ import annotations

from typing import Any


def order(number: int, at: str, subtotal: str, **more: Any) -> dict[str, Any]:
    """An order as Shopify's GraphQL answers it."""
    currency = more.get("currency", "EUR")

    def money(amount: str) -> dict[str, Any]:
        return {"shopMoney": {"amount": amount, "currencyCode": currency}}

    visits = more.get("visits", [])
    return {
        "id": f"o{number}",
        "name": f"#{number}",
        "createdAt": at,
        "processedAt": at,
        "updatedAt": more.get("updated", at),
        "cancelledAt": more.get("cancelled"),
        "test": more.get("test", False),
        "displayFinancialStatus": more.get("status", "PAID"),
        "currencyCode": currency,
        "taxesIncluded": "tax" in more,
        "totalPriceSet": money(more.get("total", subtotal)),
        "subtotalPriceSet": money(subtotal),
        "totalDiscountsSet": money(more.get("discount", "0.0")),
        "totalTaxSet": money(more.get("tax", "0.0")),
        "discountCodes": more.get("codes", []),
        "customer": more.get("customer"),
        "customerJourneySummary": {
            "ready": True,
            "firstVisit": visits[0] if visits else None,
            "lastVisit": visits[-1] if visits else None,
            "moments": {"nodes": visits},
        },
        "refunds": [
            {
                "id": f"r{number}.{place}",
                "createdAt": at,
                "totalRefundedSet": money("99.0"),
                "refundLineItems": {"nodes": [{"quantity": 1, "subtotalSet": money(amount)}]},
            }
            for place, amount in enumerate(more.get("refunds", []))
        ],
    }


def visit(at: str, link: str | None = None, landing_page: str | None = None) -> dict[str, Any]:
    """A visit before an order: with a tracked link's parameters, or with an address alone."""
    sources = {"l-ana": "youtube", "l-ben": "instagram"}
    utm = link and {
        "source": sources[link],
        "medium": "Creator",
        "campaign": "autumn",
        "content": link,
        "term": None,
    }
    page = landing_page or "https://lumen.example/"
    return {"occurredAt": at, "landingPage": page, "referrerUrl": None, "utmParameters": utm}


def orders() -> list[dict[str, Any]]:
    """The dozen orders, as they stand in the end."""
    utm_alone = "https://lumen.example/?utm_source=Instagram&utm_medium=creator&utm_campaign=autumn"
    return [
        # a Saturday: Friday's rate; code and link on one order
        order(
            1,
            "2026-10-03T10:00:00Z",
            "100.0",
            currency="USD",
            discount="10.0",
            codes=[" ana 10 ", "FREESHIP"],
            visits=[visit("2026-10-02T08:00:00Z", "l-ben")],
            customer={"id": "c2", "numberOfOrders": "3"},
        ),
        # half past midnight in Berlin; prices with tax; a partial refund
        order(
            2,
            "2026-10-05T22:30:00Z",
            "119.00",
            total="124.00",
            tax="19.80",
            refunds=["20.00", "3.80"],
            visits=[visit("2026-10-01T08:00:00Z", "l-ben")],
            customer={"id": "c1", "numberOfOrders": "1"},
        ),
        # the code has ended, the visit is too old
        order(
            3,
            "2026-10-08T10:00:00Z",
            "50.00",
            codes=["ANA10"],
            visits=[visit("2026-08-20T08:00:00Z", "l-ben")],
        ),
        order(4, "2026-10-03T10:00:00Z", "60.00", currency="BRL", codes=["ANA10"]),  # no rate
        order(5, "2026-10-04T10:00:00Z", "10.00", codes=["ANA10"], test=True),
        order(6, "2026-10-04T11:00:00Z", "10.00", cancelled="2026-10-05T10:00:00Z"),
        order(7, "2026-10-20T10:00:00Z", "60.00", currency="USD"),  # the last rate is too old
        order(8, "2026-10-06T10:00:00Z", "30.00", codes=["SHARED"]),  # of two deals
        order(
            9,
            "2026-10-06T11:00:00Z",
            "40.00",
            visits=[visit("2026-10-05T08:00:00Z", None, utm_alone)],
        ),
        # a click in the second of the order: the code is stronger
        order(
            10,
            "2026-10-07T10:00:00Z",
            "20.00",
            codes=["ana10"],
            visits=[visit("2026-10-07T10:00:00Z", "l-ben")],
        ),
        order(11, "2026-10-07T11:00:00Z", "25.00", status="VOIDED"),
        # a short link's landing page, everything given back
        order(
            12,
            "2026-10-09T11:00:00Z",
            "35.00",
            refunds=["35.00"],
            visits=[visit("2026-10-08T11:00:00Z", None, "https://www.lumen.example/l-ana/?x=1")],
        ),
    ]


def orders_page(found: list[dict[str, Any]]) -> tuple[str, Any, dict[str, Any]]:
    """One page of orders."""
    return "orders", {"data": {"orders": {"nodes": found}}}, {"shop": "lumen"}
