"""The part of Shopify's schema that is served: type -> field -> the field's own type.

A field outside it is refused with `undefinedField`, as the vendor does.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.vendors.shopify_orders import FIELDS

_SCALAR = "String"


def _scalars(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), _SCALAR)


def _connection(node: str) -> dict[str, str]:
    return {"nodes": node, "edges": f"{node}Edge", "pageInfo": "PageInfo"}


_APPLICATION = {
    **_scalars("index allocationMethod targetSelection targetType"),
    "value": "PricingValue",
}
_ORDER = {
    **dict.fromkeys(FIELDS, _SCALAR),
    **{name: "MoneyBag" for name in FIELDS if name.endswith("Set")},
    "customer": "Customer",
    "customerJourneySummary": "CustomerJourneySummary",
    "discountApplications": "DiscountApplicationConnection",
    "lineItems": "LineItemConnection",
    "refunds": "Refund",
    "metafield": "Metafield",
}
_NODES = {
    "Order": _ORDER,
    "DiscountApplication": _APPLICATION,
    "CustomerMoment": _scalars("occurredAt"),
    "Metafield": _scalars("value"),
    "RefundLineItem": {
        **_scalars("id quantity restockType"),
        "lineItem": "LineItem",
        **dict.fromkeys(("priceSet", "subtotalSet", "totalTaxSet"), "MoneyBag"),
    },
    "LineItem": {
        **_scalars("id name sku quantity currentQuantity isGiftCard"),
        **dict.fromkeys(("originalTotalSet", "discountedTotalSet"), "MoneyBag"),
        "discountAllocations": "DiscountAllocation",
    },
}
_VISIT_SCALARS = (
    "id occurredAt landingPage referrerUrl referralCode referralInfoHtml source sourceDescription "
    "sourceType"
)

SCHEMA: Mapping[str, Mapping[str, str]] = {
    "QueryRoot": {
        "shop": "Shop",
        "orders": "OrderConnection",
        "bulkOperation": "BulkOperation",
        "currentAppInstallation": "AppInstallation",
    },
    "Mutation": {"bulkOperationRunQuery": "BulkOperationRunQueryPayload"},
    "BulkOperationRunQueryPayload": {
        "bulkOperation": "BulkOperation",
        "userErrors": "BulkOperationUserError",
    },
    "BulkOperationUserError": _scalars("field message code"),
    "BulkOperation": _scalars(
        "id status errorCode objectCount rootObjectCount fileSize url partialDataUrl createdAt "
        "completedAt type query"
    ),
    "AppInstallation": {"accessScopes": "AccessScope"},
    "AccessScope": _scalars("handle description"),
    "Shop": _scalars("id name ianaTimezone currencyCode myshopifyDomain"),
    "PageInfo": _scalars("hasNextPage hasPreviousPage startCursor endCursor"),
    **_NODES,
    **{f"{name}Connection": _connection(name) for name in _NODES},
    **{f"{name}Edge": {"cursor": _SCALAR, "node": name} for name in _NODES},
    "MoneyBag": {"shopMoney": "MoneyV2", "presentmentMoney": "MoneyV2"},
    "MoneyV2": _scalars("amount currencyCode"),
    "DiscountAllocation": {
        "allocatedAmountSet": "MoneyBag",
        "discountApplication": "DiscountApplication",
    },
    "PricingValue": {},
    "PricingPercentageValue": _scalars("percentage"),
    "DiscountCodeApplication": {**_APPLICATION, "code": _SCALAR},
    "AutomaticDiscountApplication": {**_APPLICATION, "title": _SCALAR},
    "ManualDiscountApplication": {**_APPLICATION, "title": _SCALAR},
    "ScriptDiscountApplication": {**_APPLICATION, "title": _SCALAR},
    "Customer": _scalars("id numberOfOrders"),
    "CustomerJourneySummary": {
        **_scalars("ready customerOrderIndex daysToConversion"),
        "firstVisit": "CustomerVisit",
        "lastVisit": "CustomerVisit",
        "moments": "CustomerMomentConnection",
        "momentsCount": "Count",
    },
    "Count": _scalars("count"),
    "CustomerVisit": {**_scalars(_VISIT_SCALARS), "utmParameters": "UTMParameters"},
    "UTMParameters": _scalars("source medium campaign content term"),
    "Refund": {
        **_scalars("id legacyResourceId createdAt processedAt updatedAt note"),
        "totalRefundedSet": "MoneyBag",
        "refundLineItems": "RefundLineItemConnection",
    },
    # Parts of an object that have no identity of their own cost nothing.
    "#free": {
        **{name: "free" for name in _ORDER if name.endswith("Set")},
        **dict.fromkeys(
            ("shopMoney", "presentmentMoney", "pageInfo", "utmParameters", "value"), "free"
        ),
        **dict.fromkeys(
            (
                "priceSet", "subtotalSet", "totalTaxSet", "totalRefundedSet", "originalTotalSet",
                "discountedTotalSet", "allocatedAmountSet", "momentsCount",
            ),
            "free",
        ),
    },
}  # fmt: skip
