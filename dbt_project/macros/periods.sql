{#- A day inside a period; both ends are included, a missing end is open. -#}
{% macro is_within(day, first_day, last_day) -%}
    ({{ day }} >= coalesce({{ first_day }}, '0001-01-01'::date)
    and {{ day }} <= coalesce({{ last_day }}, '9999-12-31'::date))
{%- endmacro %}
