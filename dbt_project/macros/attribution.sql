{#-
The attribution rule. Evidence takes the order of claims from here; credits order touches, which have no
claim, in the same way, and assert_winners_are_credited holds the two together.
-#}

{#- True when a claim's touch lies in the lookback window before its order; the first instant counts. -#}
{% macro is_in_window(claim, lookback_days) -%}
    {{ claim }}.touched_at >= {{ claim }}.ordered_at - to_days({{ lookback_days }})
{%- endmacro %}

{#- True of an order's touches but for a survey's answer beside another touch in the same window. -#}
{% macro speaks_up(touch) -%}
    {{ touch }}.is_answer = bool_and({{ touch }}.is_answer) over (partition by {{ touch }}.order_id)
{%- endmacro %}

{#- The order of the claims on one order under last touch: the first one wins. -#}
{% macro last_touch_first(claim) -%}
    {{ claim }}.touched_at desc,
    {{ claim }}.precedence asc,
    {{ claim }}.collaboration_id asc,
    {{ claim }}.claim asc
{%- endmacro %}

{#- Days before its order in which a touch is part of the journey that removal effects are learnt from,
    whatever windows credits are computed for. -#}
{% macro journey_days() -%} 90 {%- endmacro %}

{#-
The month of an order, by UTC, which says from which journeys it learns: those of its month's orders and of those of
the two months before, which int_removal_effects adds up.
-#}
{% macro month_learnt_from(touch) -%} date_trunc('month', {{ touch }}.ordered_at)::date {%- endmacro %}

{#- Journeys with two collaborations or more, below which removal effects say nothing. -#}
{% macro least_shared_journeys() -%} 30 {%- endmacro %}

{#-
The weight of a touch under time decay, halving every seven days, as a whole number: only the ratio
of two weights counts, so an order's newest touch weighs 2^29 however old it is. A share is then right
to 10^-9, and 2^29 times its ten digits fit 64 bits.
-#}
{% macro decay_weight(age) -%}
    round({{ 2 ** 29 }} * pow(2, -epoch_us({{ age }}) / {{ 7 * 86400 * 1000000 }}.0))::bigint
{%- endmacro %}

{#-
What a collaboration weighs on a path under each model, for one group of rows of `path` (path_length,
first_place), `touch` (place, decay_weight) and `effect` (effect_weight). Whole numbers, so that no
sum depends on its order. Null: its removal effect is not known.
-#}
{% macro model_weights(path, touch, effect) -%}
    count(*) filter (where {{ touch }}.place = 1) as last_touch,
    count(*) filter (where {{ touch }}.place = {{ path }}.first_place) as first_touch,
    count(*) as linear,
    sum({{ touch }}.decay_weight)::bigint as time_decay,
    -- 40 % first, 40 % last and 20 % between: 2(n - 2), 2(n - 2) and one each
    sum(
        case
            when
                {{ path }}.path_length > 2
                and {{ touch }}.place in (1, greatest({{ path }}.first_place, 2))
                then 2 * ({{ path }}.path_length - 2)
            else 1
        end
    )::bigint as position_based,
    -- a collaboration is removed with all its touches, so it weighs once
    max({{ effect }}.effect_weight) as data_driven
{%- endmacro %}

{% macro attribution_models() -%}
    {{ return(['last_touch', 'first_touch', 'linear', 'time_decay', 'position_based', 'data_driven']) }}
{%- endmacro %}

{#- The members of a path in their order, each with what model_weights made. -#}
{% macro members_in_order(weighed) -%}
    list_sort(list({
        'collaboration_number': {{ weighed }}.collaboration_number
        {%- for model in attribution_models() %}, '{{ model }}': {{ weighed }}.{{ model }}{% endfor %}
    }))
{%- endmacro %}

{#- The weights under the model of `model`'s row, one for each of a path's members. -#}
{% macro weights_of_model(model, members, is_unknown) -%}
    case
        {%- for name in attribution_models() %}
        when
            {{ model }}.attribution_model = '{{ name }}'
            {%- if name == 'data_driven' %} and not {{ is_unknown }} {%- endif %}
            then {{ field_of(members, name) }}
        {%- endfor %}
        else {{ field_of(members, 'linear') }}
    end
{%- endmacro %}

{#-
The square of a share of ten places, rounded to ten places, in units of the last one. In whole numbers of 64 bits: a
decimal of twenty places takes twenty times as long. The share in units is a = 10^5 b + c, and a double holds it exactly.
-#}
{% macro square_of_share(share) -%}
    {%- set units = 'round(' ~ share ~ '::double * 1e10)::bigint' -%}
    {%- set high, low = '(' ~ units ~ ' // 100000)', '(' ~ units ~ ' % 100000)' -%}
    {{ high }} * {{ high }}
    + (200000 * {{ high }} * {{ low }} + {{ low }} * {{ low }} + 5000000000) // 10000000000
{%- endmacro %}

{#- The sum of such squares where a condition holds. -#}
{% macro sum_of_squares(squares, condition) -%}
    coalesce(sum({{ squares }}) filter (where {{ condition }}), 0)::decimal(28, 0) * 0.0000000001::decimal(10, 10)
{%- endmacro %}

{#- The first day of the period that a credited order is summed with: its month once it is settled, else its day. -#}
{% macro period_of(credits) -%}
    case
        when {{ credits }}.is_settled then date_trunc('month', {{ credits }}.ordered_on)
        else {{ credits }}.ordered_on
    end::date
{%- endmacro %}
