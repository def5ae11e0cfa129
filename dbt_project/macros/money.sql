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
A select over `relation` that gives each row its part of the amounts by largest remainder: in whole
units of the last of an amount's `places`, so that within one group the parts add up to the amount
exactly. `weight` and its sum over the group, `total`, are whole numbers; ties go by `order_by`. An
amount is the same on all rows of a group; a negative one is divided like its opposite. Each amount
is a dict of name, places and type. Digits: amount x weight stays below 10^38.
-#}
{% macro allocate(relation, amounts, weight, total, within, order_by) -%}
    select
        ranked.* exclude (
            {%- for amount in amounts %}
            {{ amount.name }}, {{ amount.name }}_units, {{ amount.name }}_part, {{ amount.name }}_missing, {{ amount.name }}_rank
            {{- ',' if not loop.last }}
            {%- endfor %}
        ),
        {%- for amount in amounts %}
        (
            sign(ranked.{{ amount.name }})
            * (ranked.{{ amount.name }}_part + (ranked.{{ amount.name }}_rank <= ranked.{{ amount.name }}_missing)::integer)
            ::decimal(28, 0)
            * {{ '1' if amount.places == 0 else '0.' ~ '0' * (amount.places - 1) ~ '1' }}
        )::{{ amount.type }} as {{ amount.name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            parts.*,
            {%- for amount in amounts %}
            parts.{{ amount.name }}_units - sum(parts.{{ amount.name }}_part) over (partition by {{ within | join(', ') }})
                as {{ amount.name }}_missing,
            row_number() over (
                partition by {{ within | join(', ') }}
                order by parts.{{ amount.name }}_units * parts.{{ weight }} % parts.{{ total }} desc, {{ order_by }}
            ) as {{ amount.name }}_rank
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                units.*,
                {%- for amount in amounts %}
                units.{{ amount.name }}_units * units.{{ weight }} // units.{{ total }} as {{ amount.name }}_part
                {{- ',' if not loop.last }}
                {%- endfor %}
            from (
                select
                    source.*,
                    {%- for amount in amounts %}
                    (abs(source.{{ amount.name }}) * {{ 10 ** amount.places }})::hugeint as {{ amount.name }}_units
                    {{- ',' if not loop.last }}
                    {%- endfor %}
                from {{ relation }} as source
            ) as units
        ) as parts
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
