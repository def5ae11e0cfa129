"""The two questions asked of Shopify; no field in them names, locates or writes to a person."""

from __future__ import annotations

SHOP = "query Shop { shop { ianaTimezone currencyCode myshopifyDomain } }"

_MONEY = "{ shopMoney { amount currencyCode } }"

_VISIT = """{
  id occurredAt landingPage referrerUrl source
  utmParameters { source medium campaign content term }
}"""

ORDERS = f"""
query Orders($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id name createdAt processedAt updatedAt cancelledAt test
      displayFinancialStatus currencyCode presentmentCurrencyCode sourceName taxesIncluded
      totalPriceSet {_MONEY}
      subtotalPriceSet {_MONEY}
      totalDiscountsSet {_MONEY}
      totalTaxSet {_MONEY}
      totalShippingPriceSet {_MONEY}
      currentSubtotalPriceSet {_MONEY}
      currentTotalTaxSet {_MONEY}
      totalRefundedSet {_MONEY}
      discountCodes
      discountApplications(first: 10) {{
        nodes {{
          __typename index allocationMethod targetSelection targetType
          value {{
            __typename
            ... on PricingPercentageValue {{ percentage }}
            ... on MoneyV2 {{ amount currencyCode }}
          }}
          ... on DiscountCodeApplication {{ code }}
          ... on AutomaticDiscountApplication {{ title }}
        }}
      }}
      customer {{ id numberOfOrders }}
      customerJourneySummary {{
        ready customerOrderIndex daysToConversion
        firstVisit {_VISIT}
        lastVisit {_VISIT}
        moments(first: 10) {{ nodes {{ occurredAt ... on CustomerVisit {_VISIT} }} }}
      }}
      refunds {{
        id createdAt processedAt updatedAt
        totalRefundedSet {_MONEY}
        refundLineItems(first: 20) {{
          nodes {{ quantity subtotalSet {_MONEY} totalTaxSet {_MONEY} }}
        }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
