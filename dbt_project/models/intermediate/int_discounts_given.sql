-- One row per collaboration and day of orders with its own codes: what these codes took off the goods.
-- No cost: net revenue is already after it.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_order_days('days_of_touched_orders') }}"
) }}
with claims as (

    {{ rows_of_order_days('int_order_code_claims', 'days_of_touched_orders') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where
        quarantine_reason is null
        and is_countable
        and {{ is_day_listed('ordered_on', 'days_of_touched_orders') }}

),

discounts as (

    {{ rows_of_order_days('int_order_discounts', 'days_of_touched_orders') }}

),

own_codes as (

    select distinct
        claims.collaboration_id,
        claims.order_id,
        claims.claim as code
    from claims
    where claims.collaboration_id is not null and claims.excluded_because is null

),

given as (

    select
        own_codes.collaboration_id,
        own_codes.order_id,
        orders.ordered_on,
        case
            -- lines that are known and do not name the code: it gave nothing, or shipping alone
            when discounts.order_id is null and orders.goods_lines is not null then 0
            else discounts.discount
        end as discount
    from own_codes
    inner join orders on own_codes.order_id = orders.order_id
    left join discounts on own_codes.order_id = discounts.order_id and own_codes.code = discounts.code

),

final as (

    select
        given.collaboration_id,
        given.ordered_on as date_day,
        count(distinct given.order_id) as orders_with_code,
        -- a sum with a hole in it is not what was given
        case when count(*) = count(given.discount) then sum(given.discount) end::decimal(18, 2)
            as discount_given
    from given
    group by given.collaboration_id, given.ordered_on

)

select * from final
