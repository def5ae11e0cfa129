{#-
What is summed by day is made again for the days of orders that were, in the same way as orders are (touched_orders.sql):
every other day has the orders it had, each with the rows it had. A list in `scratch` goes with a list of orders, and holds
the days on which the last build had them and those on which they stand now: `days_of_touched_orders`,
`days_of_touched_claims` and `days_of_credited_orders`. Two more hold them, and the days of what else moves a sum:

- `days_of_touched_costs`: and those of cost lines that are others now;
- `days_of_touched_money`: and those of refunds, of what is still expected, and those that have come since.
-#}

{#- A hook after int_orders, while it is known what it said before. -#}
{% macro list_days_of_touched_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.days_of_touched_orders as
        select ordered_on as date_day from orders_before where order_id in (select order_id from scratch.touched_orders)
        union
        select ordered_on from {{ this }} where order_id in (select order_id from scratch.touched_orders)
    {%- endif -%}
{%- endmacro %}

{#- A hook after the network's claims. Whom they touch alone has the day it had. -#}
{% macro list_days_of_touched_claims() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.days_of_touched_claims as
        select date_day from scratch.days_of_touched_orders
        union
        select ordered_on from {{ ref('int_orders') }}
        where order_id in (select order_id from scratch.touched_claims)
    {%- endif -%}
{%- endmacro %}

{#- A hook before the credits. Whom data_driven alone touches has the day it had. -#}
{% macro list_days_of_credited_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.days_of_credited_orders as
        select date_day from scratch.days_of_touched_claims
        union
        select ordered_on from {{ ref('int_orders') }}
        where order_id in (select order_id from scratch.credited_orders)
    {%- endif -%}
{%- endmacro %}

{#- A hook before the recognised costs: days on which commission may arise otherwise, and all of a line that changed. -#}
{% macro list_days_of_touched_costs() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.days_of_touched_costs as
        select date_day from scratch.days_of_touched_claims
        union
        select unnest(list_concat(
            [paid_on, incurred_on], generate_series(first_day, last_day, interval 1 day)::date[]
        )) as date_day
        from ({{ keys_of_changed_rows(
            ref('int_cost_lines'), ['paid_on', 'incurred_on', 'first_day', 'last_day'],
            ['cost_id', 'collaboration_id', 'cost_type', 'cost', 'currency_code', 'quarantine_reason']
        ) }})
    {%- endif -%}
{%- endmacro %}

{#- Hooks before and after credits are summed by days: those of the refunds shared out then and now. -#}
{% macro list_days_of_refunds_before() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.days_of_touched_money as
        select distinct happened_on as date_day from {{ this }}
        where {{ is_day_listed('ordered_on', 'days_of_credited_orders') }}
    {%- endif -%}
{%- endmacro %}

{% macro list_days_of_refunds() -%}
    {%- if is_incremental() -%}
        insert into scratch.days_of_touched_money
        select distinct happened_on as date_day from {{ this }}
        where {{ is_day_listed('ordered_on', 'days_of_credited_orders') }}
    {%- endif -%}
{%- endmacro %}

{#- A hook before the returns by day, which adds what moves them beside credits. -#}
{% macro list_days_of_touched_money() -%}
    {%- if is_incremental() -%}
        insert into scratch.days_of_touched_money
        select date_day from scratch.days_of_credited_orders
        union
        select date_day from scratch.days_of_touched_costs
        union
        {{ keys_of_changed_rows(
            ref('int_revenue_expectations'), ['ordered_on'], ['is_settled', 'share_to_come']
        ) }}
        union
        select returns.date_day
        from {{ this }} as returns
        cross join {{ ref('int_settings') }} as settings
        cross join scratch.last_int_settings as before
        where
            returns.is_settled is distinct from
            (settings.as_of_date >= {{ settles_on('returns.date_day', 'settings') }})
            or settings.none_sold is distinct from before.none_sold
        union
        -- costs of these days had not arisen
        select unnest(generate_series(before.as_of_date, settings.as_of_date, interval 1 day))::date as date_day
        from scratch.last_int_settings as before
        cross join {{ ref('int_settings') }} as settings
        union
        -- whose cost came to be known, or was after all not
        select date_day from {{ this }}
        where (campaign_id, influencer_id) in ({{ keys_of_changed_rows(
            ref('int_costs_to_date'), ['campaign_id', 'influencer_id'], ['collaboration_id', 'is_complete']
        ) }})
    {%- endif -%}
{%- endmacro %}

{#- A condition on a day, true of all in a full build. -#}
{% macro is_day_listed(day, list) -%}
    {%- if this and is_incremental() -%}
        {{ day }} in (select date_day from scratch.{{ list }})
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

{#- A hook before a model that is built by such days. -#}
{% macro forget_order_days(list, day='date_day') -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_day_listed(day, list) }}
    {%- endif -%}
{%- endmacro %}
