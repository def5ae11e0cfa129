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
