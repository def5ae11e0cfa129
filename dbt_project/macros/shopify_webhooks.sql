{#-
The number of an order in its global id, by which Shopify's own pages and files call it, and REST. All global ids
begin alike for longer than DuckDB keeps the least and greatest text of a row group, so nothing could be skipped by them.
-#}
{% macro order_of_gid(gid) -%} replace({{ gid }}, 'gid://shopify/Order/', '') {%- endmacro %}

{#- Bodies of webhook deliveries (REST, snake_case) in the names and shapes of GraphQL. -#}

{#- An order: no journey, and no count of the customer's orders, because REST has neither. -#}
{% macro order_of_webhook(payload) -%}
    json_object(
        'id', {{ payload }} ->> '$.admin_graphql_api_id',
        'name', {{ payload }} ->> '$.name',
        'createdAt', {{ payload }} ->> '$.created_at',
        'processedAt', {{ payload }} ->> '$.processed_at',
        'updatedAt', {{ payload }} ->> '$.updated_at',
        'cancelledAt', {{ payload }} ->> '$.cancelled_at',
        'test', {{ payload }} -> '$.test',
        'displayFinancialStatus', upper({{ payload }} ->> '$.financial_status'),
        'currencyCode', {{ payload }} ->> '$.currency',
        'taxesIncluded', {{ payload }} -> '$.taxes_included',
        {%- for name in ['total_price', 'subtotal_price', 'total_discounts', 'total_tax', 'total_shipping_price'] %}
            '{{ {
                'total_price': 'totalPriceSet', 'subtotal_price': 'subtotalPriceSet',
                'total_discounts': 'totalDiscountsSet', 'total_tax': 'totalTaxSet',
                'total_shipping_price': 'totalShippingPriceSet'
            }[name] }}', json_object('shopMoney', json_object('amount', coalesce(
                {{ payload }} ->> '$.{{ name }}_set.shop_money.amount', {{ payload }} ->> '$.{{ name }}'
            ))),
        {%- endfor %}
        'discountCodes', case
            when json_type({{ payload }}, '$.discount_codes') = 'ARRAY'
                then json_extract({{ payload }}, '$.discount_codes[*].code')
        end,
        'customer', case
            when json_type({{ payload }}, '$.customer') = 'OBJECT'
                then json_object('id', {{ payload }} ->> '$.customer.admin_graphql_api_id')
        end,
        'lineItems', case
            when json_type({{ payload }}, '$.line_items') = 'ARRAY'
                then json_object('nodes', list_transform(
                    json_extract({{ payload }}, '$.line_items[*]'),
                    lambda line: {{ line_of_webhook('line', payload) }}
                ))
        end,
        'refunds', case
            when json_type({{ payload }}, '$.refunds') = 'ARRAY'
                then list_transform(
                    json_extract({{ payload }}, '$.refunds[*]'),
                    lambda refund: {{ refund_of_webhook('refund') }}
                )
        end
    )
{%- endmacro %}

{#-
A line of an order: REST tells the price of one piece, and which of the order's discounts gave a part by
its place in their list.
-#}
{% macro line_of_webhook(line, payload) -%}
    json_object(
        'id', {{ line }} ->> '$.admin_graphql_api_id',
        'isGiftCard', {{ line }} -> '$.gift_card',
        'originalTotalSet', json_object('shopMoney', json_object('amount', (
            {{ to_money("coalesce(" ~ line ~ " ->> '$.price_set.shop_money.amount', " ~ line ~ " ->> '$.price')") }}
            * try_cast({{ to_count(line ~ " ->> '$.quantity'") }} as decimal(9, 0))
        )::varchar)),
        'discountAllocations', case
            when json_type({{ line }}, '$.discount_allocations') = 'ARRAY'
                then list_transform(
                    json_extract({{ line }}, '$.discount_allocations[*]'),
                    lambda part: json_object(
                        'allocatedAmountSet', json_object('shopMoney', json_object('amount', coalesce(
                            part ->> '$.amount_set.shop_money.amount', part ->> '$.amount'
                        ))),
                        'discountApplication', json_object('code', json_extract(
                            {{ payload }}, '$.discount_applications[*]'
                        )[{{ to_count("part ->> '$.discount_application_index'") }} + 1] ->> '$.code')
                    )
                )
        end
    )
{%- endmacro %}

{#- The type of an order's line, and one of that type with its amounts as numbers. -#}
{% macro line_type() -%}
    {
        "id": "VARCHAR",
        "isGiftCard": "BOOLEAN",
        "originalTotalSet": {"shopMoney": {"amount": "VARCHAR"}},
        "discountAllocations": [{
            "allocatedAmountSet": {"shopMoney": {"amount": "VARCHAR"}},
            "discountApplication": {"code": "VARCHAR"}
        }]
    }
{%- endmacro %}

{% macro line_of_wire(line) -%}
    {
        'line_id': {{ line }}.id,
        'is_gift_card': {{ line }}.isgiftcard,
        'gross_amount': {{ to_money(line ~ '.originaltotalset.shopmoney.amount') }},
        'discounts': list_transform({{ line }}.discountallocations, lambda part: {
            'code': {{ normalise_code('part.discountapplication.code') }},
            'amount': {{ to_money('part.allocatedamountset.shopmoney.amount') }}
        })
    }
{%- endmacro %}

{#- A refund; the subtotal of a line is a number beside the exact text of its set. -#}
{% macro refund_of_webhook(refund) -%}
    json_object(
        'id', {{ refund }} ->> '$.admin_graphql_api_id',
        'createdAt', {{ refund }} ->> '$.created_at',
        'refundLineItems', case
            when json_type({{ refund }}, '$.refund_line_items') = 'ARRAY'
                then json_object('nodes', list_transform(
                    json_extract({{ refund }}, '$.refund_line_items[*]'),
                    lambda line: json_object(
                        'lineItem', json_object('isGiftCard', line -> '$.line_item.gift_card'),
                        'subtotalSet', json_object('shopMoney', json_object(
                            'amount',
                            coalesce(line ->> '$.subtotal_set.shop_money.amount', line ->> '$.subtotal')
                        ))
                    )
                ))
        end
    )
{%- endmacro %}

{#- The type of a refund, and one of that type with its instant in UTC and its amounts as numbers. -#}
{% macro refund_type() -%}
    {
        "id": "VARCHAR",
        "createdAt": "VARCHAR",
        "totalRefundedSet": {"shopMoney": {"amount": "VARCHAR"}},
        "refundLineItems": {
            "nodes": [{
                "lineItem": {"isGiftCard": "BOOLEAN"},
                "subtotalSet": {"shopMoney": {"amount": "VARCHAR"}}
            }],
            "pageInfo": {"hasNextPage": "BOOLEAN"}
        }
    }
{%- endmacro %}

{% macro refund_of_wire(refund) -%}
    {
        'id': {{ refund }}.id,
        'createdAt': {{ to_utc(refund ~ '.createdAt') }},
        -- asked for only where no item is named; a delivery does not tell it, and it stays unknown
        'totalRefundedSet': {'shopMoney': {'amount': case
            when len({{ refund }}.refundlineitems.nodes) = 0
                then {{ to_money(refund ~ '.totalRefundedSet.shopMoney.amount') }}
        end}},
        'refundLineItems': {
            'nodes': case
                -- a part of the lines would be too small a refund: then the amount is unknown
                when {{ refund }}.refundlineitems.pageinfo.hasnextpage then null
                else list_transform(
                    {{ refund }}.refundlineitems.nodes,
                    lambda line: {
                        'lineItem': {'isGiftCard': line.lineitem.isgiftcard},
                        'subtotalSet': {'shopMoney': {
                            'amount': {{ to_money('line.subtotalSet.shopMoney.amount') }}
                        }}
                    }
                )
            end
        }
    }
{%- endmacro %}
