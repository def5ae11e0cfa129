{#- A vendor's instant of any spelling as a UTC timestamp; null when it is none. -#}
{% macro to_utc(text) -%}
    (try_cast({{ text }} as timestamptz) at time zone 'UTC')
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

{#-
A vendor's whole number, sent as a number or as text and read as text: `from_json` itself would make
a 0 of 0.4 and of false. Null when it is none.
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

{#- A length as `PT21M7S` or as `1267s`, in whole seconds; null when it is neither. -#}
{% macro to_seconds(text) -%}
    case
        when regexp_full_match({{ text }}, '\d{1,9}(\.\d+)?s')
            then try_cast(regexp_extract({{ text }}, '^\d+') as bigint)
        when regexp_full_match({{ text }}, 'P(\d{1,9}D)?(T(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}S)?)?')
            then
                86400 * coalesce(try_cast(regexp_extract({{ text }}, '(\d+)D', 1) as bigint), 0)
                + 3600 * coalesce(try_cast(regexp_extract({{ text }}, '(\d+)H', 1) as bigint), 0)
                + 60 * coalesce(try_cast(regexp_extract({{ text }}, '(\d+)M', 1) as bigint), 0)
                + coalesce(try_cast(regexp_extract({{ text }}, '(\d+)S', 1) as bigint), 0)
    end
{%- endmacro %}
