{#-
Returns every combination of the grain's columns that more than one row has. A model that is built by days names the
kinds of evidence that touch its days: a night looks at those alone, and the marts gate at all of them.
-#}
{% test unique_combination(model, columns, evidence=none) %}
{%- set is_night = evidence and execute and not flags.FULL_REFRESH and is_in_ledger('new_streams') %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
where {{ "date_day >= coalesce(" ~ first_touched_day(evidence) ~ ", '0001-01-01'::date)" if is_night else "true" }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
