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
        'refunds', case
            when json_type({{ payload }}, '$.refunds') = 'ARRAY'
                then list_transform(
                    json_extract({{ payload }}, '$.refunds[*]'),
                    lambda refund: {{ refund_of_webhook('refund') }}
                )
        end
    )
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
                    lambda line: json_object('subtotalSet', json_object('shopMoney', json_object(
                        'amount',
                        coalesce(line ->> '$.subtotal_set.shop_money.amount', line ->> '$.subtotal')
                    )))
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
            "nodes": [{"subtotalSet": {"shopMoney": {"amount": "VARCHAR"}}}],
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
                    lambda line: {'subtotalSet': {'shopMoney': {
                        'amount': {{ to_money('line.subtotalSet.shopMoney.amount') }}
                    }}}
                )
            end
        }
    }
{%- endmacro %}
