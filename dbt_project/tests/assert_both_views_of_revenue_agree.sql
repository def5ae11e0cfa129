-- Each row is a sum of revenue that two places tell differently: an event was lost, doubled or misdated,
-- or the parts of an order do not add up to its net revenue.
with orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is null and is_countable

),

events as (

    select
        events.order_id,
        sum(events.net_revenue) as net_revenue
    from {{ ref('fct_revenue_events') }} as events
    where {{ is_tested(orders='touched_orders') }}
    group by events.order_id

),

days as (

    select
        sum(days.net_revenue_order_cohort) as by_order,
        sum(days.net_revenue_event_date) as by_event,
        sum(
            days.sales_event_date + days.edits_event_date - days.refunds_event_date
            - days.cancellations_event_date
        ) as by_parts
    from {{ ref('fct_revenue_daily') }} as days

),

tested as (

    select * from orders
    where {{ is_tested(orders='touched_orders') }}

),

totals as (

    select sum(orders.net_revenue) as net_revenue from orders

)

select
    tested.order_id as key,
    tested.net_revenue as one,
    events.net_revenue as other
from tested
left join events on tested.order_id = events.order_id
where tested.net_revenue is distinct from events.net_revenue
union all
select
    tested.order_id as key,
    tested.net_revenue as one,
    tested.gross_revenue - tested.discounts - tested.refunds as other
from tested
where tested.net_revenue != tested.gross_revenue - tested.discounts - tested.refunds
union all
select
    'all days' as key,
    totals.net_revenue as one,
    days.by_event as other
from totals
cross join days
where
    totals.net_revenue is distinct from days.by_event
    or days.by_order is distinct from days.by_event
    or days.by_parts is distinct from days.by_event
