-- One row per event that moved an order's net revenue: its sale, each edit and refund, its cancellation.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_on'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with events as (

    {{ rows_of_orders('int_revenue_events', 'touched_orders') }}

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
