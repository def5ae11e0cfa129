{#- What of an order and of its refunds is goods: neither tax nor shipping nor gift card. -#}

{#-
The part of a refund without items that takes back goods: shipping is given back first, and of the
rest the share that is neither tax on top nor a gift card.
-#}
{% macro goods_in_refund(amount, order) -%}
    (
        greatest({{ amount }} - coalesce({{ order }}.shipping_amount, 0), 0)
        * case
            when {{ order }}.is_tax_included or {{ order }}.subtotal_amount + {{ order }}.tax_amount = 0 then 1
            else
                coalesce(
                    {{ order }}.subtotal_amount / ({{ order }}.subtotal_amount + {{ order }}.tax_amount), 1
                )
        end
        * case
            when {{ order }}.subtotal_amount = {{ order }}.goods_amount or {{ order }}.subtotal_amount = 0 then 1
            else {{ order }}.goods_amount / {{ order }}.subtotal_amount
        end
    )::decimal(18, 2)
{%- endmacro %}

{#- The sum of a list of amounts: 0 of none, null when one of them is unknown. -#}
{% macro sum_of_known(amounts) -%}
    case
        when len(list_filter({{ amounts }}, lambda amount: amount is null)) = 0
            then coalesce(list_sum({{ amounts }}), 0)
    end
{%- endmacro %}

{#- An order's lines that are gift cards sold, and the others; one that does not say is no gift card. -#}
{% macro gift_cards_of(lines) -%}
    list_filter({{ lines }}, lambda line: coalesce(line.is_gift_card, false))
{%- endmacro %}

{#- What was paid for the gift cards among an order's lines; unknown where the lines are. -#}
{% macro gift_card_amount(lines) -%}
    case
        when {{ lines }} is not null
            then
                {{ sum_of_known('list_transform(' ~ gift_cards_of(lines) ~ ', lambda line: line.gross_amount)') }}
                - {{ sum_of_known(
                    'flatten(list_transform(' ~ gift_cards_of(lines) ~ ', lambda line:'
                    ~ ' list_transform(line.discounts, lambda part: part.amount)))'
                ) }}
    end
{%- endmacro %}

{% macro goods_of(lines) -%}
    list_filter({{ lines }}, lambda line: not coalesce(line.is_gift_card, false))
{%- endmacro %}

{#- What the lines of a refund take back of the goods; null when one line is unknown. -#}
{% macro goods_in_lines(lines) -%}
    {{ sum_of_known(
        'list_transform('
        ~ 'list_filter(' ~ lines ~ ', lambda line: not coalesce(line.lineitem.isgiftcard, false)), '
        ~ 'lambda line: line.subtotalset.shopmoney.amount)'
    ) }}
{%- endmacro %}
