-- One row per order and collaboration whose code it used: what else speaks of how its buyer came.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_claims') }}"
) }}
with claims as (

    {{ rows_of_orders('int_order_claims', 'touched_claims') }}

),

orders as (

    select * from ({{ rows_of_orders('int_orders', 'touched_claims') }})
    where quarantine_reason is null

),

observations as (

    select * from {{ ref('stg_shopify__orders') }}
    where {{ is_listed('order_id', 'touched_claims') }}

),

coded as (

    select distinct
        claims.order_id,
        claims.ordered_at,
        claims.collaboration_id
    from claims
    where claims.evidence = 'code' and claims.excluded_because is null

),

clicked as (

    select distinct
        claims.order_id,
        claims.collaboration_id
    from claims
    where
        claims.collaboration_id is not null
        and (
            claims.evidence in ('link', 'utm')
            -- what a network pays for the code alone is dated by the order
            or (claims.evidence = 'affiliate' and claims.touched_at < claims.ordered_at)
        )

),

-- the shop has worked out how the buyer came, even if it was without a visit that it could see
told as (

    select observations.order_id
    from observations
    where observations.is_journey_ready
    group by observations.order_id

),

referred as (

    select
        unnested.order_id,
        bool_or({{ is_coupon_page('unnested.referrer') }}) as is_from_coupons,
        bool_or(unnested.referrer is not null) as has_referrer
    from (
        select
            orders.order_id,
            {{ bare_url('unnest(orders.visits).referrerUrl') }} as referrer
        from orders
        where orders.order_id in (select coded.order_id from coded)
    ) as unnested
    group by unnested.order_id

),

final as (

    select
        coded.order_id,
        coded.ordered_at,
        coded.collaboration_id,
        told.order_id is not null as is_told,
        clicked.order_id is not null as is_clicked,
        coalesce(referred.is_from_coupons, false) as is_from_coupons,
        coalesce(referred.has_referrer, false) as has_referrer
    from coded
    left join told on coded.order_id = told.order_id
    left join clicked
        on coded.order_id = clicked.order_id and coded.collaboration_id = clicked.collaboration_id
    left join referred on coded.order_id = referred.order_id

)

select * from final
