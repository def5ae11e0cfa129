{#-
Orders are made again where what is said of them may have changed since the last build; everything else stays.
Which ones is found on the way, in lists of order ids in `scratch`, which goes when the build is finished. Each is written
by hooks of the model after which it is known, and holds the one before:

- `seen_orders`: those of whom an observation is new;
- `refunded_orders`: and those of whom a refund was delivered;
- `touched_orders`: and those whose row of int_orders is another now: a customer's order came late, the rate of a day
  became known, a return window ended (found among `candidate_orders`, where that may be);
- `touched_claims`: and those of whom the affiliate network says something else;
- `credited_orders`: and those that data_driven weighs otherwise, found by `touched_months`, whose journeys it learns anew,
  and `changed_effects`, what it learnt otherwise.

A plan that changed makes a full build, so what follows from an order and the plan alone needs no list.
-#}

{#- All rows of a table, in a build that appends those of the listed orders alone. -#}
{% macro rows_of_orders(model, list) -%}
    select * from {{ ref(model) }}
    {%- if this and is_incremental() %}
    where order_id in (select order_id from scratch.{{ list }})
    {%- endif %}
{%- endmacro %}

{#- A condition on an order's id, true of all in a full build. -#}
{% macro is_listed(order_id, list) -%}
    {%- if this and is_incremental() -%}
        {{ order_id }} in (select order_id from scratch.{{ list }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- A hook before a model that is built by orders: the listed ones go, to be made again. -#}
{% macro forget_orders(list) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where order_id in (select order_id from scratch.{{ list }})
    {%- endif -%}
{%- endmacro %}

{% macro list_seen_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.seen_orders as
        select distinct order_id from {{ ref('stg_shopify__orders') }}
        where {{ is_newly_staged() }}
    {%- endif -%}
{%- endmacro %}

{% macro list_refunded_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.refunded_orders as
        select order_id from scratch.seen_orders
        union
        -- whoever else was said to have this refund, should its order be another now
        select order_id from {{ ref('stg_shopify__refunds') }}
        where refund_id in (select refund_id from {{ ref('stg_shopify__refunds') }} where {{ is_newly_staged() }})
    {%- endif -%}
{%- endmacro %}

{#-
Orders whose row of int_orders has to be looked at: `refunded_orders`, those whose return window ended or whose
rate may be another, and, since the first order of a customer depends on all of them, their customers' others.
-#}
{% macro list_candidate_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.candidate_orders as
        select order_id from scratch.refunded_orders
        union
        select orders.order_id
        from {{ this }} as orders
        cross join {{ ref('int_settings') }} as settings
        where
            orders.is_settled is distinct from
            (settings.as_of_date >= {{ settles_on('orders.ordered_on', 'settings') }})
            or (
                orders.order_currency_code is distinct from settings.reporting_currency
                and orders.ordered_on
                >= (
                    select min(rate_date) from ({{ keys_of_changed_rows(
                        ref('int_exchange_rates'), ['rate_date'],
                        ['currency_code', 'units_per_euro', 'reporting_units_per_euro']
                    ) }})
                )
            )
    {%- endif -%}
{%- endmacro %}

{#- A statement of its own: once these are counted, so few are looked up, and not the orders beside them. -#}
{% macro list_candidates_of_customers() -%}
    {%- if is_incremental() -%}
        insert into scratch.candidate_orders
        with customers as (
            select customer_id from {{ ref('int_orders_latest') }}
            where order_id in (select order_id from scratch.candidate_orders)
            union
            -- an order may have been another customer's
            select customer_id from {{ this }} where order_id in (select order_id from scratch.candidate_orders)
        )

        select order_id from {{ ref('int_orders_latest') }}
        where customer_id in (select customer_id from customers where customer_id is not null)
        except
        select order_id from scratch.candidate_orders
    {%- endif -%}
{%- endmacro %}

{% macro keep_orders_before() -%}
    {%- if is_incremental() -%}
        create or replace temporary table orders_before as
        select * from {{ this }}
        where order_id in (select order_id from scratch.candidate_orders)
    {%- endif -%}
{%- endmacro %}

{% macro list_touched_orders() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_orders as
        select order_id from scratch.refunded_orders
        union
        select order_id from (
            select * from {{ this }} where order_id in (select order_id from scratch.candidate_orders)
            except
            select * from orders_before
        )
    {%- endif -%}
{%- endmacro %}

{#- Hooks before and after the network's claims, which are made whole. -#}
{% macro forget_all_rows() -%}
    {%- if is_incremental() -%} delete from {{ this }} {%- endif -%}
{%- endmacro %}

{% macro list_touched_claims() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_claims as
        select order_id from scratch.touched_orders
        union
        {{ keys_of_changed_rows(
            this, ['order_id'],
            ['ordered_at', 'claim', 'collaboration_id', 'touched_at', 'excluded_because']
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_orders_before() -%}
    {%- if is_incremental() -%} drop table orders_before {%- endif -%}
{%- endmacro %}

{#-
Months of the orders whose journeys may be others, as the last build had them, and by the second as they are now.
-#}
{% macro list_months_before() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_months as
        select distinct {{ month_learnt_from('touches') }} as order_month
        from {{ this }} as touches
        where touches.order_id in (select order_id from scratch.touched_claims)
    {%- endif -%}
{%- endmacro %}

{% macro list_touched_months() -%}
    {%- if is_incremental() -%}
        insert into scratch.touched_months
        select distinct {{ month_learnt_from('touches') }} as order_month
        from {{ this }} as touches
        where touches.order_id in (select order_id from scratch.touched_claims)
    {%- endif -%}
{%- endmacro %}

{% macro forget_touched_months() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where order_month in (select order_month from scratch.touched_months)
    {%- endif -%}
{%- endmacro %}

{% macro is_in_touched_month(touches) -%}
    {%- if this and is_incremental() -%}
        {#- a constant, which lets the scan skip what is older -#}
        {%- set since = run_query(
            "select min(order_month)::varchar from scratch.touched_months"
        ).columns[0].values()[0] if execute -%}
        {{ touches }}.ordered_at >= {{ "'" ~ since ~ "'" if since else 'null' }}::timestamp
        and {{ month_learnt_from(touches) }} in (select order_month from scratch.touched_months)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Months in which a collaboration weighs otherwise than in the last build, and who came to have a weight or lost it. -#}
{% macro list_changed_effects() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.changed_effects as
        select order_month, null as collaboration_id
        from ({{ keys_of_changed_rows(
            ref('int_removal_effects_judged'), ['order_month'], ['collaboration_id', 'effect_weight']
        ) }})
        union all
        select order_month, collaboration_id
        from ({{ keys_of_changed_rows(
            ref('int_removal_effects_judged'), ['order_month', 'collaboration_id'], ['effect_weight is null']
        ) }})
    {%- endif -%}
{%- endmacro %}

{#-
Orders to be credited: `touched_claims`, and under data_driven those of the months in `changed_effects`. With one touch
alone nothing is divided, so only a weight that came or went counts.
-#}
{% macro list_credited_orders() -%}
    {%- if is_incremental() -%}
        {#- a constant, which lets the scan skip what is older -#}
        {%- set since = run_query(
            "select min(order_month)::varchar from scratch.changed_effects"
        ).columns[0].values()[0] if execute -%}
        create or replace table scratch.credited_orders as
        with touches as (
            select
                touches.order_id,
                touches.place,
                touches.collaboration_id,
                {{ month_learnt_from('touches') }} as order_month
            from {{ ref('int_order_touches') }} as touches
            where
                touches.ordered_at >= {{ "'" ~ since ~ "'" if since else 'null' }}::timestamp
                and exists (
                    select 1 from {{ ref('int_attribution_settings') }} where attribution_model = 'data_driven'
                )
        )

        select order_id from scratch.touched_claims
        union
        select order_id from touches
        where
            place > 1
            and order_month in (select order_month from scratch.changed_effects where collaboration_id is null)
            or (order_month, collaboration_id) in (select (order_month, collaboration_id) from scratch.changed_effects)
    {%- endif -%}
{%- endmacro %}

{#- What rules say of an order stays while its claims do. -#}
{% macro join_models_to_credit(orders) -%}
    {%- if this and is_incremental() -%}
        inner join models on {{ orders }}.is_touched or models.attribution_model = 'data_driven'
    {%- else -%}
        cross join models
    {%- endif -%}
{%- endmacro %}

{% macro forget_credits() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            -- other days are skipped before an id is read
            ordered_on in (select date_day from scratch.days_of_credited_orders)
            and order_id in (select order_id from scratch.credited_orders)
            and (
                attribution_model = 'data_driven'
                or order_id in (select order_id from scratch.touched_claims)
            )
    {%- endif -%}
{%- endmacro %}
