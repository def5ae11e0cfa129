{#- The attribution rule. Evidence and credits both take it from here; a singular test compares them. -#}

{#- True when a claim's touch lies in the lookback window before its order; the first instant counts. -#}
{% macro is_in_window(claim, lookback_days) -%}
    {{ claim }}.touched_at >= {{ claim }}.ordered_at - to_days({{ lookback_days }})
{%- endmacro %}

{#- The order of the claims on one order under last touch: the first one wins. -#}
{% macro last_touch_first(claim) -%}
    {{ claim }}.touched_at desc,
    {{ claim }}.precedence asc,
    {{ claim }}.collaboration_id asc,
    {{ claim }}.claim asc
{%- endmacro %}
