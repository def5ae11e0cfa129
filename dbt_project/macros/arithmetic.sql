{#-
The one division of ratios: null when the denominator is null or 0, or the numerator is null.
A ratio beyond twelve digits says nothing and is null too, rather than the end of the build.
-#}
{% macro ratio(numerator, denominator) -%}
    try_cast(({{ numerator }})::double / nullif({{ denominator }}, 0) as decimal(18, 6))
{%- endmacro %}

{#- A sum of floats that does not depend on the order in which they come. -#}
{% macro exact_sum(value) -%}
    sum(try_cast({{ value }} as decimal(38, 9)))
{%- endmacro %}
