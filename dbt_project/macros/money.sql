{#-
Money is exact: whole thousandths in HUGEINT, rounded once, half away from zero, to the cent.
`factor_numerator` / `factor_denominator` take a share out (tax) before that one rounding;
`units` are units per euro, so amount x to_units / from_units changes the currency.
-#}
{% macro convert_amount(amount, from_units, to_units, factor_numerator='1', factor_denominator='1') -%}
    {%- set top -%}
        (abs({{ amount }}) * 1000)::hugeint
        * (({{ factor_numerator }})::decimal(18, 3) * 1000)::hugeint
        * (({{ to_units }})::decimal(18, 6) * 1000000)::hugeint
    {%- endset -%}
    {%- set bottom -%}
        10
        * (({{ factor_denominator }})::decimal(18, 3) * 1000)::hugeint
        * (({{ from_units }})::decimal(18, 6) * 1000000)::hugeint
    {%- endset -%}
    (
        sign({{ amount }})
        * ((2 * ({{ top }}) + ({{ bottom }})) // (2 * ({{ bottom }})))::decimal(18, 0)
        * 0.01::decimal(3, 2)
    )::decimal(18, 2)
{%- endmacro %}

{#-
A select over `relation` that gives each row its part of the amounts, in whole cents by largest
remainder: within one group the parts add up to the amount exactly. Ties go by `order_by`.
The amounts must be the same on all rows of a group, the shares must add up to 1; their ten places
are enough for orders below 100 million.
-#}
{% macro allocate(relation, amounts, share, within, order_by) -%}
    select
        ranked.* exclude (
            {%- for amount in amounts %}
            {{ amount }}, {{ amount }}_floor, {{ amount }}_floors, {{ amount }}_rank
            {{- ',' if not loop.last }}
            {%- endfor %}
        ),
        {%- for amount in amounts %}
        (
            (
                ranked.{{ amount }}_floor
                + (ranked.{{ amount }}_rank <= ranked.{{ amount }} * 100 - ranked.{{ amount }}_floors)::integer
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
            row_number() over (
                partition by {{ within | join(', ') }}
                order by floored.{{ amount }} * 100 * floored.{{ share }} - floored.{{ amount }}_floor desc, {{ order_by }}
            ) as {{ amount }}_rank
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                parts.*,
                {%- for amount in amounts %}
                floor(parts.{{ amount }} * 100 * parts.{{ share }}) as {{ amount }}_floor
                {{- ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }} as parts
        ) as floored
    ) as ranked
{%- endmacro %}

{#-
The part of a refund without items that takes back goods: shipping is given back first, and of the
rest, where tax comes on top, the share that is not tax.
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
    )::decimal(18, 2)
{%- endmacro %}
