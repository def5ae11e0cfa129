{#-
The ROI family over columns net_revenue, margin_revenue, cost, orders_kept and new_customers of
`relation`; see _metrics.md. One place, so that every report says the same.
-#}
{% macro roi_columns(relation) -%}
    {%- set r = relation -%}
    {{ ratio(r ~ '.net_revenue', r ~ '.cost') }} as roas,
    {{ ratio(r ~ '.net_revenue - ' ~ r ~ '.cost', r ~ '.cost') }} as roi_revenue,
    {{ ratio(r ~ '.margin_revenue - ' ~ r ~ '.cost', r ~ '.cost') }} as roi_margin,
    {{ ratio(r ~ '.cost', r ~ '.orders_kept') }}::decimal(18, 2) as cpa_order,
    {{ ratio(r ~ '.cost', r ~ '.new_customers') }}::decimal(18, 2) as ncac
{%- endmacro %}

{% macro cost_types() -%}
    {{ return(['fee', 'product', 'shipping', 'boost', 'bonus', 'commission']) }}
{%- endmacro %}

{#- Cost and its components, for one group of rows of int_costs_to_date. -#}
{% macro cost_sums(relation) -%}
    {%- set c = relation -%}
    -- a deal with a cost that could not be converted has no known cost
    case when bool_and({{ c }}.is_complete) then sum({{ c }}.cost) end::decimal(18, 2) as cost,
    {%- for cost_type in cost_types() %}
    case when bool_and({{ c }}.is_complete) then sum({{ c }}.cost_{{ cost_type }}) end::decimal(18, 2) as cost_{{ cost_type }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
