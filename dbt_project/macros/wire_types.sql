{#- A vendor's instant of any spelling as a UTC timestamp; null when it is none. -#}
{% macro to_utc(text) -%}
    (try_cast({{ text }} as timestamptz) at time zone 'UTC')
{%- endmacro %}

{#-
A vendor's count, read as text; null when it is no whole number. A number read by `from_json` itself
would be rounded, so that 0.4 becomes a 0, and so would false.
-#}
{% macro to_count(text) -%}
    try_cast(case when regexp_full_match({{ text }}, '-?[0-9]+(\.0+)?') then {{ text }} end as bigint)
{%- endmacro %}

{#- A decimal, read as text, of the given type; null when it is none. -#}
{% macro to_decimal(text, type) -%}
    try_cast(
        case when regexp_full_match({{ text }}, '-?[0-9]+(\.[0-9]+)?') then {{ text }} end as {{ type }}
    )
{%- endmacro %}

{#- A vendor's decimal string; three places hold every currency. -#}
{% macro to_money(text) -%}
    {{ to_decimal(text, 'decimal(18, 3)') }}
{%- endmacro %}

{#- The calendar day of a UTC timestamp in a time zone. -#}
{% macro local_date(utc_timestamp, time_zone) -%}
    ({{ utc_timestamp }} at time zone 'UTC' at time zone {{ time_zone }})::date
{%- endmacro %}
