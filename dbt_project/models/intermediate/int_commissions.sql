-- One row per collaboration and day with orders on its own codes and links: the commission on them.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_order_days('days_of_touched_claims') }}"
) }}
with claims as (

    {{ rows_of_order_days('int_order_claims_judged', 'days_of_touched_claims') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where {{ is_day_listed('ordered_on', 'days_of_touched_claims') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

own_orders as (

    select distinct
        claims.collaboration_id,
        claims.order_id
    from claims
    where claims.is_eligible and claims.is_commissionable

),

final as (

    select
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        orders.ordered_on as date_day,
        (
            -- nobody pays commission back on an order that was refunded beyond its worth
            sum(greatest(orders.net_revenue, 0))::decimal(18, 2) * any_value(collaborations.commission_rate)
        )::decimal(18, 2) as cost,
        any_value(orders.currency_code) as currency_code
    from own_orders
    inner join orders on own_orders.order_id = orders.order_id
    inner join collaborations on own_orders.collaboration_id = collaborations.collaboration_id
    where collaborations.commission_rate > 0
    group by
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        orders.ordered_on

)

select * from final
