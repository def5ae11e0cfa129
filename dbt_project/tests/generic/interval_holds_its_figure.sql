{#- Returns rows on which a figure lies outside its own interval. -#}
{% test interval_holds_its_figure(model, figures) %}
select *
from {{ model }}
where
    {% for figure in figures -%}
    {{ figure }} < {{ figure }}_lo or {{ figure }} > {{ figure }}_hi {{ 'or' if not loop.last }}
    {% endfor %}
{% endtest %}
