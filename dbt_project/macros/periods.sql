{#- A day inside a period; both ends are included, a missing end is open. -#}
{% macro is_within(day, first_day, last_day) -%}
    ({{ day }} >= coalesce({{ first_day }}, '0001-01-01'::date)
    and {{ day }} <= coalesce({{ last_day }}, '9999-12-31'::date))
{%- endmacro %}

{#- Whether two periods share a day; as in is_within, ends are included and a missing end is open. -#}
{% macro overlap(first_day, last_day, other_first_day, other_last_day) -%}
    (coalesce({{ first_day }}, '0001-01-01'::date) <= coalesce({{ other_last_day }}, '9999-12-31'::date)
    and coalesce({{ last_day }}, '9999-12-31'::date) >= coalesce({{ other_first_day }}, '0001-01-01'::date))
{%- endmacro %}
