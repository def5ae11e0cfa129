{#-
Money is exact: whole thousandths in HUGEINT, rounded once, half away from zero, to the cent.
`factor_numerator` / `factor_denominator` take a share out (tax) before that one rounding;
`units` are units per euro, so amount x to_units / from_units changes the currency. Null where a part
is, or beyond what its type holds (some 10^16): one absurd amount must not end the build.
-#}
{% macro convert_amount(amount, from_units, to_units, factor_numerator='1', factor_denominator='1') -%}
    {%- set top -%}
        (abs({{ amount }})::decimal(38, 3) * 1000)::hugeint
        * (({{ factor_numerator }})::decimal(38, 3) * 1000)::hugeint
        * (({{ to_units }})::decimal(38, 6) * 1000000)::hugeint
    {%- endset -%}
    {%- set bottom -%}
        10
        * (({{ factor_denominator }})::decimal(38, 3) * 1000)::hugeint
        * (({{ from_units }})::decimal(38, 6) * 1000000)::hugeint
    {%- endset -%}
    try((
        sign({{ amount }})
        * ((2 * ({{ top }}) + ({{ bottom }})) // (2 * ({{ bottom }})))::decimal(18, 0)
        * 0.01::decimal(3, 2)
    )::decimal(18, 2))
{%- endmacro %}

{#- An amount of an order, at the rate of its day and without the tax inside it. -#}
{% macro in_reporting_currency(amount, order) -%}
    {{ convert_amount(
        amount, order ~ '.from_units', order ~ '.to_units', order ~ '.taxless_amount', order ~ '.taxed_amount'
    ) }}
{%- endmacro %}

{#- An amount in whole cents, wide enough to be multiplied by a share. -#}
{% macro cents(amount) -%}
    ({{ amount }}::decimal(24, 2) * 100)::decimal(22, 0)
{%- endmacro %}

{#-
A select over `relation` that gives each row its part of the amounts, in whole cents by largest
remainder: within one group the parts add up to the amount exactly. Ties go by `order_by`.
The amounts must be the same on all rows of a group, the shares must add up to 1. Beyond 100 million
their ten places leave more cents over than there are rows; these are then dealt out evenly.
-#}
{% macro allocate(relation, amounts, share, within, order_by) -%}
    select
        ranked.* exclude (
            {%- for amount in amounts %}
            {{ amount }}, {{ amount }}_floor, {{ amount }}_floors, {{ amount }}_rank, {{ amount }}_rows
            {{- ',' if not loop.last }}
            {%- endfor %}
        ),
        {%- for amount in amounts %}
        (
            (
                ranked.{{ amount }}_floor
                + floor(
                    ({{ cents('ranked.' ~ amount) }} - ranked.{{ amount }}_floors + ranked.{{ amount }}_rows - ranked.{{ amount }}_rank)
                    / ranked.{{ amount }}_rows
                )::bigint
            )::decimal(18, 0)
            * 0.01::decimal(3, 2)
        )::decimal(18, 2) as {{ amount }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            floored.*,
            {%- for amount in amounts %}
            sum(floored.{{ amount }}_floor) over (partition by {{ within | join(', ') }}) as {{ amount }}_floors,
            count(*) over (partition by {{ within | join(', ') }}) as {{ amount }}_rows,
            row_number() over (
                partition by {{ within | join(', ') }}
                order by {{ cents('floored.' ~ amount) }} * floored.{{ share }} - floored.{{ amount }}_floor desc, {{ order_by }}
            ) as {{ amount }}_rank
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                parts.*,
                {%- for amount in amounts %}
                floor({{ cents('parts.' ~ amount) }} * parts.{{ share }}) as {{ amount }}_floor
                {{- ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }} as parts
        ) as floored
    ) as ranked
{%- endmacro %}

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

{#- The sums of one view of revenue over rows of int_revenue_events; what is given back is positive. -#}
{% macro event_sums(events, view) -%}
    {%- for event, sign in [('sale', ''), ('edit', ''), ('refund', '-'), ('cancellation', '-')] %}
    {{ sign }}coalesce(sum({{ events }}.net_revenue) filter (where {{ events }}.event = '{{ event }}'), 0)::decimal(18, 2)
        as {{ event }}s_{{ view }},
    {%- endfor %}
    sum({{ events }}.net_revenue)::decimal(18, 2) as net_revenue_{{ view }}
{%- endmacro %}

{#- What will be left of a day's orders when all of their refunds have come; null without a forecast. -#}
{% macro expected_net_revenue(net_revenue, sales, share_to_come) -%}
    ({{ net_revenue }} - {{ sales }} * {{ share_to_come }})::decimal(18, 2)
{%- endmacro %}
