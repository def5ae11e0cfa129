{#-
What is summed by the day of orders is made again for the days of orders that were, in the same way as orders are
(touched_orders.sql): every other day has the orders it had, each with the rows it had. A list in `ops` goes with a list
of orders, and holds the days on which the last build had them and those on which they stand now:
`days_of_touched_orders`, `days_of_touched_claims` and `days_of_credited_orders`.
-#}

{#- A hook after int_orders, while it is known what it said before. -#}
{% macro list_days_of_touched_orders() -%}
    {%- if is_incremental() -%}
        create or replace table ops.days_of_touched_orders as
        select ordered_on from orders_before where order_id in (select order_id from ops.touched_orders)
        union
        select ordered_on from {{ this }} where order_id in (select order_id from ops.touched_orders)
    {%- endif -%}
{%- endmacro %}

{#- A hook after the network's claims. Whom they touch alone has the day it had. -#}
{% macro list_days_of_touched_claims() -%}
    {%- if is_incremental() -%}
        create or replace table ops.days_of_touched_claims as
        select ordered_on from ops.days_of_touched_orders
        union
        select ordered_on from {{ ref('int_orders') }}
        where order_id in (select order_id from ops.touched_claims)
    {%- endif -%}
{%- endmacro %}

{#- A hook before the credits. Whom data_driven alone touches has the day it had. -#}
{% macro list_days_of_credited_orders() -%}
    {%- if is_incremental() -%}
        create or replace table ops.days_of_credited_orders as
        select ordered_on from ops.days_of_touched_claims
        union
        select ordered_on from {{ ref('int_orders') }}
        where order_id in (select order_id from ops.credited_orders)
    {%- endif -%}
{%- endmacro %}

{#- A condition on a day of orders, true of all in a full build. -#}
{% macro is_day_listed(day, list) -%}
    {%- if this and is_incremental() -%}
        {{ day }} in (select ordered_on from ops.{{ list }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- All rows of a table by order, in a build by days those of orders on the listed ones. -#}
{% macro rows_of_order_days(model, list) -%}
    select * from {{ ref(model) }}
    {%- if this and is_incremental() %}
    where order_id in (
        select order_id from {{ ref('int_orders') }} where {{ is_day_listed('ordered_on', list) }}
    )
    {%- endif %}
{%- endmacro %}

{#- A hook before a model that is built by days of orders. -#}
{% macro forget_order_days(list, day='date_day') -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_day_listed(day, list) }}
    {%- endif -%}
{%- endmacro %}
