{#- A row's value under a header's name; null when the page has no such header. -#}
{% macro value_named(kind, name) -%}
    parsed.entry.{{ kind }}values[list_position(parsed.{{ kind }}s, '{{ name }}')].value
{%- endmacro %}

{#- A vendor's whole number, sent as a number or as text; null when it is none. -#}
{% macro to_count(text) -%}
    case
        when regexp_full_match(trim({{ text }}), '[0-9]+(\.0*)?')
            then try_cast(split_part(trim({{ text }}), '.', 1) as bigint)
    end
{%- endmacro %}
