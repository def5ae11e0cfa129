{#- Lists of columns, for models whose grain is an argument. -#}

{#- The columns of a relation, for a select list or a group by. -#}
{% macro columns_of(relation, columns) -%}
    {%- for column in columns %}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- The condition of a join: both relations have the same value in each of the columns. -#}
{% macro same_columns(relation, other, columns) -%}
    {%- for column in columns -%}
        {{ relation }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
