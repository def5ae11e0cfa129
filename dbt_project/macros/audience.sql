{#- What a count that is cut to its first three digits may hide. -#}
{% macro rounding_step(count) -%}
    pow(10, length({{ count }}::varchar) - 3)
{%- endmacro %}

{#- Whether a count of followers began anew since the one before: from 100 on, people do not halve or double it
    between two looks. -#}
{% macro began_anew(count, before) -%}
    (greatest({{ count }}, {{ before }}) >= 100
    and greatest({{ count }}, {{ before }}) > 2 * least({{ count }}, {{ before }}))
{%- endmacro %}
