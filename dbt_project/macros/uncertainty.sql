{#-
How sure a return is. Credited orders arrive as a compound Poisson process: their number is Poisson,
each brings a value, refunds included. A sum S of values then varies by S x dispersion, where the
dispersion is the mean square of a value over its mean, and S / dispersion behaves like a Poisson count.
So the expected sum is Gamma(S / dispersion + 1/2) x dispersion, which for values of 1 is Jeffreys'
interval for a Poisson mean. docs/truth.md has the coverage measured, of this and of what was tried beside it.
-#}

{#-
The brand's typical credited order, as CTEs over fct_credit_sums: means per credited part of its value and
of its square, by model and window. A brand with few credited orders leans on its shop's other ones.
-#}
{% macro typical_ctes(sums, measures) -%}
of_shop as (

    select
        {{ sums }}.attribution_model,
        {{ sums }}.lookback_days,
        {%- for measure in measures %}
            sum({{ sums }}.{{ measure }})::double / sum({{ sums }}.credited_parts) as {{ measure }},
            sum({{ sums }}.{{ measure }}_squares)::double / sum({{ sums }}.credited_parts) as {{ measure }}_squares
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ sums }}
    group by {{ sums }}.attribution_model, {{ sums }}.lookback_days

),

of_deals as (

    select
        {{ sums }}.attribution_model,
        {{ sums }}.lookback_days,
        sum({{ sums }}.credited_parts) as credited_parts,
        {%- for measure in measures %}
            sum({{ sums }}.{{ measure }})::double as {{ measure }},
            sum({{ sums }}.{{ measure }}_squares)::double as {{ measure }}_squares
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ sums }}
    where {{ sums }}.campaign_id is not null
    group by {{ sums }}.attribution_model, {{ sums }}.lookback_days

),

typical as (

    select
        of_shop.attribution_model,
        of_shop.lookback_days,
        {%- for measure in measures %}
            {%- set is_last_measure = loop.last %}
            {%- for part in [measure, measure ~ '_squares'] %}
            (coalesce(of_deals.{{ part }}, 0) + {{ typical_orders() }} * of_shop.{{ part }})
            / (coalesce(of_deals.credited_parts, 0) + {{ typical_orders() }}) as {{ part }}
            {{- ',' if not (is_last_measure and loop.last) }}
            {%- endfor %}
        {%- endfor %}
    from of_shop
    left join of_deals
        on {{ same_columns('of_shop', 'of_deals', ['attribution_model', 'lookback_days']) }}

)
{%- endmacro %}

{#-
The dispersion of a value: the influencer's own orders and some of the brand's typical ones speak together,
since few orders tell little about how far values spread. Null where either is below zero: refunds beyond
the sales are no sum of orders, and one that loses money is no yardstick for the spread of others. Null as well
where both are zero: there is no yardstick at all.
-#}
{% macro dispersion(own, typical, measure) -%}
    case
        {%- if measure == 'net_revenue' %}
        when {{ is_given_back_beyond(own) }} then null
        {%- endif %}
        when {{ own }}.{{ measure }} >= 0 and {{ typical }}.{{ measure }} >= 0
            then ({{ own }}.{{ measure }}_squares::double + {{ typical_orders() }} * {{ typical }}.{{ measure }}_squares)
                / nullif({{ own }}.{{ measure }}::double + {{ typical_orders() }} * {{ typical }}.{{ measure }}, 0)
    end
{%- endmacro %}

{#-
Whether more was given back than sold: in all, or in a campaign of another margin, so that what the margin leaves
is no part of the sales.
-#}
{% macro is_given_back_beyond(r) -%}
    {{ r }}.margin_revenue not between 0 and {{ r }}.net_revenue
{%- endmacro %}

{#-
A bound of the expected sum; null where there is no dispersion. Below a tenth of a typical order the 1/2 of
Jeffreys' prior outweighs what was seen, and its lower bound would end above the sum itself. What was seen may
then be a single order, of which -ln(0.975) are to be expected at least; so the bound is no higher than that
part of the sum. Where nothing was sold it is 0: nothing may be all there is to expect.
-#}
{% macro expected_sum(relation, measure, bound) -%}
    {%- set probability = {'lo': 0.025, 'q25': 0.25, 'q75': 0.75, 'hi': 0.975}[bound] -%}
    {%- set value = relation ~ '.' ~ measure -%}
    {%- set quantile -%}
        ({{ value }} + {{ value }}_dispersion / 2) * {{ gamma_quantile_ratio(value ~ '_root', probability) }}
    {%- endset -%}
    {%- if bound == 'lo' -%}
    case
        when {{ value }} < 0.1 * {{ value }}_dispersion
            then least({{ quantile }}, 0.025317807984::double * {{ value }})
        else {{ quantile }}
    end
    {%- else -%}
    {{ quantile }}
    {%- endif -%}
{%- endmacro %}

{#- The cost at an expected sum: commission grows with what is sold, the rest is fixed. -#}
{% macro cost_at(relation, measure, bound) -%}
    (
        {{ relation }}.cost - {{ relation }}.cost_commission
        + {{ relation }}.cost_commission
        * case
            when {{ relation }}.{{ measure }} > 0
                then {{ relation }}.{{ measure }}_{{ bound }} / {{ relation }}.{{ measure }}::double
            else 1
        end
    )
{%- endmacro %}

{#-
A bound's ratio, a last digit of a double further out: where commission is all the cost, the ratio is the same at
both bounds and in the middle, and each is rounded for itself.
-#}
{% macro bound_ratio(numerator, denominator, bound) -%}
    {%- set outward = {'lo': '0.999999999999', 'q25': '1', 'q75': '1', 'hi': '1.000000000001'}[bound] -%}
    {{ ratio('(' ~ numerator ~ ') * ' ~ outward ~ '::double', denominator) }}
{%- endmacro %}

{#- The intervals of the ROI family, from the bounds of the expected sums; null where the ratio's cost is. -#}
{% macro roi_intervals(r) -%}
    {%- for bound in ['lo', 'hi'] %}
    case when {{ r }}.cost != 0 then {{ bound_ratio(r ~ '.net_revenue_' ~ bound, cost_at(r, 'net_revenue', bound), bound) }} end
        as roas_{{ bound }},
    {%- endfor %}
    {%- for bound in ['lo', 'hi'] %}
    case
        when {{ r }}.cost != 0
            then {{ bound_ratio(r ~ '.net_revenue_' ~ bound, cost_at(r, 'net_revenue', bound), bound) }} - 1
    end as roi_revenue_{{ bound }},
    {%- endfor %}
    {%- for bound in ['lo', 'q25', 'q75', 'hi'] %}
    case
        when {{ r }}.cost != 0
            then {{ bound_ratio(
                r ~ '.net_revenue_' ~ bound ~ ' * ' ~ r ~ '.margin_factor', cost_at(r, 'net_revenue', bound), bound
            ) }} - 1
    end as roi_margin_{{ bound }},
    {%- endfor %}
    {%- for measure, name in [('orders_kept', 'cpa_order'), ('new_customers', 'ncac')] %}
    {%- for bound, opposite in [('lo', 'hi'), ('hi', 'lo')] %}
    {{ bound_ratio(cost_at(r, measure, opposite), r ~ '.' ~ measure ~ '_' ~ opposite, bound) }}::decimal(18, 2)
        as {{ name }}_{{ bound }},
    {%- endfor %}
    {%- endfor %}
    {{ probability_positive(r) }}::decimal(7, 6) as p_roi_positive
{%- endmacro %}

{#-
The expected net revenue at which margin and cost are equal: fixed cost over what is left of a sale after
commission. Null where no revenue would do, or where any does. -#}
{% macro break_even(r) -%}
    case when {{ r }}.net_revenue > 0 then {{ r }}.cost - {{ r }}.cost_commission else {{ r }}.cost end
    / nullif(greatest({{ left_per_sale(r) }}, 0), 0)
{%- endmacro %}

{% macro left_per_sale(r) -%}
    (
        {{ r }}.margin_factor
        - case when {{ r }}.net_revenue > 0 then {{ r }}.cost_commission / {{ r }}.net_revenue::double else 0 end
    )
{%- endmacro %}

{#- The probability that the expected net revenue lies above its break-even, from that one's `deviate`. -#}
{% macro probability_positive(r) -%}
    case
        when coalesce({{ r }}.cost, 0) = 0 or {{ r }}.net_revenue_dispersion is null then null
        when {{ left_per_sale(r) }} <= 0 then 0
        when {{ r }}.break_even_count <= 0 then 1
        else greatest(0, least(1, 1 - ({{
            gamma_cdf(r ~ '.break_even_deviate', r ~ '.net_revenue_shape', r ~ '.break_even_count')
        }})))
    end
{%- endmacro %}
