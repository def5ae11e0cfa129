{#- The UTC day at whose end a count stands: it belongs to the midnight next to its reading, so one read at three in
    the morning is that of the day before. -#}
{% macro closing_day(observed_at) -%}
    ({{ observed_at }} - interval 12 hour)::date
{%- endmacro %}

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
