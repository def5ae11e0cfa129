{#-
The one division of ratios: null when the denominator is null or 0, or the numerator is null.
A ratio beyond twelve digits says nothing and is null too, rather than the end of the build.
-#}
{% macro ratio(numerator, denominator) -%}
    try_cast(({{ numerator }})::double / nullif({{ denominator }}, 0) as decimal(18, 6))
{%- endmacro %}
