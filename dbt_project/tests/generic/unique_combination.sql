{#-
Returns every combination of the grain's columns that more than one row has. A model that is built by days names the
kinds of evidence that touch its days, one that is built by orders the list of those that are made again.
-#}
{% test unique_combination(model, columns, evidence=none, orders=none) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
where {{ is_tested(orders, evidence) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
