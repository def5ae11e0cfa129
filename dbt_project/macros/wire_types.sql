{#- A vendor's instant of any spelling as a UTC timestamp; null when it is none. -#}
{% macro to_utc(text) -%}
    (try_cast({{ text }} as timestamptz) at time zone 'UTC')
{%- endmacro %}

{#- A vendor's decimal string; three places hold every currency. -#}
{% macro to_money(text) -%}
    try_cast({{ text }} as decimal(18, 3))
{%- endmacro %}

{#- The calendar day of a UTC timestamp in a time zone. -#}
{% macro local_date(utc_timestamp, time_zone) -%}
    ({{ utc_timestamp }} at time zone 'UTC' at time zone {{ time_zone }})::date
{%- endmacro %}

{#-
A vendor's whole number, sent as a number or as text and read as text: parsed as a number, `false`
would become a 0. Null when it is none.
-#}
{% macro to_count(text) -%}
    case
        when regexp_full_match(trim({{ text }}), '-?[0-9]+(\.0*)?')
            then try_cast(split_part(trim({{ text }}), '.', 1) as bigint)
    end
{%- endmacro %}

{#- A vendor's unix seconds, read as text, as a UTC timestamp; null when they are none. -#}
{% macro from_unix_seconds(text) -%}
    (try(to_timestamp(try_cast({{ text }} as bigint))) at time zone 'UTC')
{%- endmacro %}
