-- One row per observation of an order, however it came: paged, in bulk or delivered by a webhook.
-- Codes, lines, visits and refunds stay lists of the order.
{% set shop_money = '{"shopMoney": {"amount": "VARCHAR", "currencyCode": "VARCHAR"}}' %}
{%- set visit %}{
                    "occurredAt": "VARCHAR",
                    "landingPage": "VARCHAR",
                    "referrerUrl": "VARCHAR",
                    "utmParameters": {
                        "source": "VARCHAR", "medium": "VARCHAR", "campaign": "VARCHAR", "content": "VARCHAR"
                    }
                }{% endset %}
with paged as (

    {{ accepted_rows('shopify', 'orders') }}

),

bulk_lines as (

    {{ accepted_rows('shopify', 'bulk_orders') }}

),

delivered as (

    {{ accepted_rows('shopify_webhooks', 'orders') }}

),

bulk_children as (

    -- they come in any order; a journey goes by time. Lines of goods say whether they are gift cards
    select
        bulk_lines.fetch_id,
        bulk_lines.payload ->> '$.__parentId' as order_id,
        to_json(
            list(
                bulk_lines.payload
                order by (bulk_lines.payload ->> '$.occurredAt'), (bulk_lines.payload ->> '$.id')
            ) filter (where not json_exists(bulk_lines.payload, '$.isGiftCard'))
        ) as visits,
        to_json(
            list(bulk_lines.payload) filter (where json_exists(bulk_lines.payload, '$.isGiftCard'))
        ) as lines
    from bulk_lines
    where (bulk_lines.payload ->> '$.__parentId') is not null
    group by all

),

source as (

    select
        paged.payload,
        null::json as bulk_visits,
        null::json as bulk_lines,
        paged.observed_at,
        paged.fetch_id
    from paged
    union all
    -- a bulk operation cannot hold the lines of refunds: such an order is paged by the same fetch
    select
        bulk_lines.payload,
        bulk_children.visits as bulk_visits,
        bulk_children.lines as bulk_lines,
        bulk_lines.observed_at,
        bulk_lines.fetch_id
    from bulk_lines
    left join bulk_children
        on
            bulk_lines.fetch_id = bulk_children.fetch_id
            and (bulk_lines.payload ->> '$.id') = bulk_children.order_id
    where
        (bulk_lines.payload ->> '$.__parentId') is null
        and coalesce(json_array_length(bulk_lines.payload, '$.refunds'), 0) = 0
    union all
    select
        {{ order_of_webhook('delivered.payload') }} as payload,
        null::json as bulk_visits,
        null::json as bulk_lines,
        delivered.observed_at,
        delivered.fetch_id
    from delivered

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.bulk_visits, '[{{ visit }}]') as bulk_visits,
        from_json(source.bulk_lines, '[{{ line_type() }}]') as bulk_lines,
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
                "lineItems": {"nodes": [{{ line_type() }}], "pageInfo": {"hasNextPage": "BOOLEAN"}},
                "refunds": [{{ refund_type() }}],
                "survey": {"value": "VARCHAR"}
            }'
        ) as entry
    from source

),

renamed as (

    select
        -- ids
        {{ order_of_gid('parsed.entry.id') }} as order_id,
        parsed.entry.customer.id as customer_id,

        -- text
        parsed.entry.name as order_name,
        parsed.entry.displayfinancialstatus as financial_status,
        parsed.entry.currencycode as currency_code,
        nullif(trim(parsed.entry.survey.value), '') as survey_answer,

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
                coalesce(parsed.entry.customerjourneysummary.moments.nodes, parsed.bulk_visits)
            ),
            lambda visit: {{ to_utc('visit.occurredat') }} is not null
        ) as visits,
        case
            -- a part of the lines would say too little: then they are unknown
            when not coalesce(parsed.entry.lineitems.pageinfo.hasnextpage, false)
                then list_sort(list_transform(
                    coalesce(parsed.entry.lineitems.nodes, parsed.bulk_lines),
                    lambda line: {{ line_of_wire('line') }}
                ))
        end as lines,
        list_transform(parsed.entry.refunds, lambda refund: {{ refund_of_wire('refund') }}) as refunds,

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
