"""The questions asked of Shopify; no field in them names, locates or writes to a person."""

from __future__ import annotations

SHOP = "query Shop { shop { ianaTimezone currencyCode myshopifyDomain } }"

_MONEY = "{ shopMoney { amount currencyCode } }"

_VISIT = """{
  id occurredAt landingPage referrerUrl source
  utmParameters { source medium campaign content term }
}"""

# What a code gave stands at each line; the order's own sum may hold shipping that was given away.
_LINE = f"""{{
  id isGiftCard
  originalTotalSet {_MONEY}
  discountAllocations {{
    allocatedAmountSet {_MONEY}
    discountApplication {{ ... on DiscountCodeApplication {{ code }} }}
  }}
}}"""

_ORDER = f"""
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
      customer {{ id numberOfOrders }}"""

_JOURNEY = f"""
        ready customerOrderIndex daysToConversion
        firstVisit {_VISIT}
        lastVisit {_VISIT}"""


def paged_orders(survey_metafield: str | None = None) -> str:
    """The document of one page of orders, with the one metafield that holds a survey's answer."""
    return f"""
query Orders($first: Int!, $after: String, $query: String!, $lines: Int!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{{_ORDER}{_survey(survey_metafield)}
      lineItems(first: $lines) {{ nodes {_LINE} pageInfo {{ hasNextPage }} }}
      customerJourneySummary {{{_JOURNEY}
        moments(first: 10) {{ nodes {{ occurredAt ... on CustomerVisit {_VISIT} }} }}
      }}
      refunds {{
        id createdAt processedAt updatedAt
        totalRefundedSet {_MONEY}
        refundLineItems(first: $lines) {{
          nodes {{ quantity lineItem {{ isGiftCard }} subtotalSet {_MONEY} totalTaxSet {_MONEY} }}
          pageInfo {{ hasNextPage }}
        }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""


def _survey(metafield: str | None) -> str:
    if metafield is None:
        return ""
    namespace, _, key = metafield.partition(".")
    return f'\n      survey: metafield(namespace: "{namespace}", key: "{key}") {{ value }}'


ORDERS = paged_orders()

SCOPES = "query Scopes { currentAppInstallation { accessScopes { handle } } }"

RUN_BULK = """
mutation RunBulk($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}
"""

POLL_BULK = """
query PollBulk($id: ID!) {
  bulkOperation(id: $id) {
    id status errorCode objectCount rootObjectCount url partialDataUrl
  }
}
"""


def bulk_orders(search: str, survey_metafield: str | None = None) -> str:
    """The document of a bulk operation over the orders that `search` finds.

    Three connections, two deep, of the five and two that are allowed. A connection inside a list is
    not: a refund comes without its lines.
    """
    return f"""
{{
  orders(query: "{search}") {{
    edges {{
      node {{{_ORDER}{_survey(survey_metafield)}
        customerJourneySummary {{{_JOURNEY}
          moments {{ edges {{ node {{ occurredAt ... on CustomerVisit {_VISIT} }} }} }}
        }}
        lineItems {{ edges {{ node {_LINE} }} }}
        refunds {{ id createdAt }}
      }}
    }}
  }}
}}
"""
