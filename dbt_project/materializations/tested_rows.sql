{#-
A condition on the rows that a data test reads: in an incremental build those made again tonight, else all. They are
those of the listed `orders` (touched_orders.sql), or of the days that such kinds of `evidence` touch; so it is for tests
whose every answer concerns one order or one day. What is older was tested when it was made, and stands as it
did. The marts gate reads the whole of each finished mart all the same, for rows that repeat and for credits that do
not add up (expectations/marts_measures.py), and so does `dbt test` by itself.
-#}
{% macro is_tested(orders=none, evidence=none) -%}
    {%- if evidence -%} {{- wait_for_touched_days() -}} {%- endif -%}
    {%- set is_night = execute and flags.WHICH == 'build' and not flags.FULL_REFRESH -%}
    {%- if is_night and orders and has_table('scratch', orders) -%}
        order_id in (select order_id from scratch.{{ orders }})
    {%- elif is_night and evidence -%}
        date_day >= coalesce({{ first_touched_day(evidence) }}, '0001-01-01'::date)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
