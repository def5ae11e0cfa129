-- One row per observation of an order; codes, visits and refunds stay lists of the order.
{% set shop_money = '{"shopMoney": {"amount": "VARCHAR", "currencyCode": "VARCHAR"}}' %}
{%- set visit %}{
                    "occurredAt": "VARCHAR",
                    "landingPage": "VARCHAR",
                    "referrerUrl": "VARCHAR",
                    "utmParameters": {
                        "source": "VARCHAR", "medium": "VARCHAR", "campaign": "VARCHAR", "content": "VARCHAR"
                    }
                }{% endset %}
with source as (

    {{ accepted_rows('shopify', 'orders') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "name": "VARCHAR",
                "createdAt": "VARCHAR",
                "processedAt": "VARCHAR",
                "updatedAt": "VARCHAR",
                "cancelledAt": "VARCHAR",
                "test": "BOOLEAN",
                "displayFinancialStatus": "VARCHAR",
                "currencyCode": "VARCHAR",
                "taxesIncluded": "BOOLEAN",
                "totalPriceSet": {{ shop_money }},
                "subtotalPriceSet": {{ shop_money }},
                "totalDiscountsSet": {{ shop_money }},
                "totalTaxSet": {{ shop_money }},
                "totalShippingPriceSet": {{ shop_money }},
                "discountCodes": ["VARCHAR"],
                "customer": {"id": "VARCHAR", "numberOfOrders": "VARCHAR"},
                "customerJourneySummary": {
                    "ready": "BOOLEAN",
                    "firstVisit": {{ visit }},
                    "lastVisit": {{ visit }},
                    "moments": {"nodes": [{{ visit }}]}
                },
                "refunds": [{
                    "id": "VARCHAR",
                    "createdAt": "VARCHAR",
                    "totalRefundedSet": {{ shop_money }},
                    "refundLineItems": {"nodes": [{"subtotalSet": {{ shop_money }}}]}
                }]
            }'
        ) as entry
    from source

),

renamed as (

    select
        -- ids
        parsed.entry.id as order_id,
        parsed.entry.customer.id as customer_id,

        -- text
        parsed.entry.name as order_name,
        parsed.entry.displayfinancialstatus as financial_status,
        parsed.entry.currencycode as currency_code,

        -- numerics, in the shop's currency
        {{ to_money('parsed.entry.totalPriceSet.shopMoney.amount') }} as total_amount,
        {{ to_money('parsed.entry.subtotalPriceSet.shopMoney.amount') }} as subtotal_amount,
        {{ to_money('parsed.entry.totalDiscountsSet.shopMoney.amount') }} as discount_amount,
        {{ to_money('parsed.entry.totalTaxSet.shopMoney.amount') }} as tax_amount,
        {{ to_money('parsed.entry.totalShippingPriceSet.shopMoney.amount') }} as shipping_amount,
        {{ to_count('parsed.entry.customer.numberOfOrders') }} as customer_orders_to_date,

        -- lists
        parsed.entry.discountcodes as discount_codes,
        list_filter(
            list_concat(
                [
                    parsed.entry.customerjourneysummary.firstvisit,
                    parsed.entry.customerjourneysummary.lastvisit
                ],
                parsed.entry.customerjourneysummary.moments.nodes
            ),
            lambda visit: {{ to_utc('visit.occurredat') }} is not null
        ) as visits,
        parsed.entry.refunds,

        -- booleans
        coalesce(parsed.entry.test, false) as is_test,
        coalesce(parsed.entry.taxesincluded, false) as is_tax_included,
        parsed.entry.customerjourneysummary.ready as is_journey_ready,

        -- timestamps
        {{ to_utc('coalesce(parsed.entry.processedAt, parsed.entry.createdAt)') }} as ordered_at,
        {{ to_utc('parsed.entry.updatedAt') }} as updated_at,
        {{ to_utc('parsed.entry.cancelledAt') }} as cancelled_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
