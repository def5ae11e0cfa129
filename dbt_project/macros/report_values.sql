{#- A row's value under a header's name; null when the page has no such header. -#}
{% macro value_named(kind, name) -%}
    parsed.entry.{{ kind }}values[list_position(parsed.{{ kind }}s, '{{ name }}')].value
{%- endmacro %}
