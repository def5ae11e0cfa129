-- One row per event that moved an order's net revenue: its sale, each edit and refund, its cancellation.
with events as (

    select * from {{ ref('int_revenue_events') }}

),

final as (

    select
        events.order_id,
        events.order_name,
        events.event,
        events.event_id,
        events.happened_on,
        events.ordered_on,
        events.days_after_order,
        events.net_revenue,
        events.currency_code,
        events.is_after_settlement
    from events

)

select * from final
