-- One row per order and discount code on it. One that the plan does not know is nobody's.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with orders as (

    {{ rows_of_orders('int_orders', 'touched_orders') }}

),

codes as (

    select * from {{ ref('stg_plan__codes') }}

),

order_codes as (

    select distinct
        unnested.order_id,
        unnested.ordered_at,
        unnested.ordered_on,
        {{ normalise_code('unnested.code') }} as code
    from (
        select
            orders.order_id,
            orders.ordered_at,
            orders.ordered_on,
            unnest(orders.discount_codes) as code
        from orders
    ) as unnested

),

matched as (

    select
        order_codes.order_id,
        order_codes.ordered_at,
        order_codes.code,
        codes.collaboration_id,
        {{ is_within('order_codes.ordered_on', 'codes.valid_from', 'codes.valid_to') }} as is_valid
    from order_codes
    left join codes on order_codes.code = codes.code
    where order_codes.code is not null

),

counted as (

    select
        matched.order_id,
        matched.ordered_at,
        matched.code,
        count(distinct matched.collaboration_id) filter (where matched.is_valid) as valid_deals,
        count(distinct matched.collaboration_id) as deals,
        min(matched.collaboration_id) filter (where matched.is_valid) as valid_collaboration_id,
        min(matched.collaboration_id) as any_collaboration_id
    from matched
    group by matched.order_id, matched.ordered_at, matched.code

),

final as (

    select
        counted.order_id,
        counted.ordered_at,
        'code' as evidence,
        counted.code as claim,
        case
            when counted.valid_deals = 1 then counted.valid_collaboration_id
            when counted.valid_deals = 0 and counted.deals = 1 then counted.any_collaboration_id
        end as collaboration_id,
        -- a code is used when the order is placed
        counted.ordered_at as touched_at,
        case
            when counted.deals = 0 then 'unknown_code'
            when counted.valid_deals = 0 then 'code_not_valid'
            when counted.valid_deals > 1 then 'ambiguous_code'
        end as excluded_because
    from counted

)

select * from final
