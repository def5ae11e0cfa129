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

totals as (

    select sum(orders.net_revenue) as net_revenue from orders

)

select
    orders.order_id as key,
    orders.net_revenue as one,
    events.net_revenue as other
from orders
left join events on orders.order_id = events.order_id
where orders.net_revenue is distinct from events.net_revenue
union all
select
    orders.order_id as key,
    orders.net_revenue as one,
    orders.gross_revenue - orders.discounts - orders.refunds as other
from orders
where orders.net_revenue != orders.gross_revenue - orders.discounts - orders.refunds
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
