{#-
Whether two observations lie on different sides of a dated change of what `metrics` mean, or in the
days in which the platform carried it out. `changes` is a list of rows of the seed metric_epochs.
-#}
{% macro spans_a_change(changes, metrics, previous_day, day) -%}
    coalesce(len(list_filter(
        {{ changes }},
        lambda change: list_contains({{ metrics + ['all'] }}, change['metric'])
        and {{ day }} >= change['starts_on']
        and {{ previous_day }} < change['settled_on']
    )) > 0, false)
{%- endmacro %}

{#- The name of the last definition of `metrics` that had begun by a day; `changes` in order of starts_on. -#}
{% macro epoch_of(changes, metrics, day) -%}
    list_filter(
        {{ changes }},
        lambda change: list_contains({{ metrics + ['all'] }}, change['metric'])
        and {{ day }} >= change['starts_on']
    )[-1]['metric_epoch']
{%- endmacro %}
