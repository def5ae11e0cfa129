{#- The rules by which fct_account_anomalies points at days and posts; docs/engagement.md states them. -#}

{#- A median absolute deviation, times this, is a standard deviation where values are normal. -#}
{% macro mad_to_deviation() -%} 1.4826::double {%- endmacro %}

{#- Deviations from the median that are still usual: there are many more days than posts. -#}
{% macro deviations_allowed(kind) -%} {{ {'followers': 6, 'posts': 3.5}[kind] }} {%- endmacro %}

{#- Days before, and how many of them must be known. -#}
{% macro anomaly_days() -%} 28 {%- endmacro %}
{% macro anomaly_days_needed() -%} 14 {%- endmacro %}

{#- Growth a day beyond the usual, as a share of the followers, that is worth a look. -#}
{% macro anomaly_growth_needed() -%} 0.005 {%- endmacro %}

{#- Other posts of the kind that must be known, and how far posts spread at least (logarithm). -#}
{% macro anomaly_posts_needed() -%} 8 {%- endmacro %}
{% macro least_spread_of_posts() -%} 0.2 {%- endmacro %}
