{#- Intervals of figures whose logarithm is uncertain. -#}

{#-
The 97.5 % quantile of Student's t (Cornish and Fisher; Abramowitz and Stegun 26.7.5). Error below
0.001 from 4 degrees of freedom on; null below 1.
-#}
{% macro t_quantile(degrees) -%}
    {%- set z = 1.959963985 -%}
    case
        when {{ degrees }} >= 1
            then {{ z }}
                {%- for divisor, polynomial in [
                    (4, z ** 3 + z),
                    (96, 5 * z ** 5 + 16 * z ** 3 + 3 * z),
                    (384, 3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z),
                    (92160, 79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z)
                ] %}
                + {{ '%.9f' | format(polynomial / divisor) }}::double / pow({{ degrees }}, {{ loop.index }})
                {%- endfor %}
    end
{%- endmacro %}

{#- Both bounds of a figure whose logarithm is uncertain by that of `factor`; null where there is a reason. -#}
{% macro interval_around(relation, figure, factor, reason, less=0, name=none) -%}
    {%- for bound, operator in [('lo', '/'), ('hi', '*')] %}
    case
        when {{ relation }}.{{ reason }} is null
            then {{ ratio(relation ~ '.' ~ figure ~ ' ' ~ operator ~ ' ' ~ factor, '1') }} - {{ less }}
    end as {{ name or figure }}_{{ bound }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
