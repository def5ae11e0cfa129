-- One row per event that moved an order's net revenue: its sale, each edit and refund, its cancellation.
-- The rows of an order add up to its net revenue, to 0 when it was cancelled.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_on'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with orders as (

    select * from ({{ rows_of_orders('int_orders', 'touched_orders') }})
    where quarantine_reason is null and (is_countable or not_countable_because = 'cancelled')

),

refunds as (

    {{ rows_of_orders('int_refunds', 'touched_orders') }}

),

edits as (

    {{ rows_of_orders('int_order_edits', 'touched_orders') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

edited as (

    select
        edits.order_id,
        sum(edits.added_amount) as added_amount
    from edits
    group by edits.order_id

),

events as (

    select
        orders.order_id,
        'sale' as event,
        '' as event_id,
        1 as kind,
        orders.ordered_at as happened_at,
        orders.goods_amount - coalesce(edited.added_amount, 0) as amount
    from orders
    left join edited on orders.order_id = edited.order_id
    union all
    select
        edits.order_id,
        'edit' as event,
        edits.place::varchar as event_id,
        2 as kind,
        edits.edited_at as happened_at,
        edits.added_amount as amount
    from edits
    union all
    select
        refunds.order_id,
        'refund' as event,
        refunds.refund_id as event_id,
        2 as kind,
        refunds.refunded_at as happened_at,
        -refunds.refund_amount as amount
    from refunds
    union all
    -- what was not given back by a refund is never paid
    select
        orders.order_id,
        'cancellation' as event,
        '' as event_id,
        3 as kind,
        orders.cancelled_at as happened_at,
        orders.refund_amount - orders.goods_amount as amount
    from orders
    where orders.not_countable_because = 'cancelled' and orders.refund_amount != orders.goods_amount

),

running as (

    select
        events.*,
        sum(events.amount) over in_order as amount_to_date,
        sum(events.amount) over in_order - events.amount as amount_before
    from events
    window in_order as (
        partition by events.order_id
        order by events.kind, events.happened_at, events.event, events.event_id
        rows unbounded preceding
    )

),

converted as (

    select
        running.order_id,
        orders.order_name,
        running.event,
        running.event_id,
        running.happened_at,
        orders.ordered_on,
        orders.currency_code,
        {{ local_date('running.happened_at', 'settings.time_zone') }} as happened_on,
        -- differences of rounded totals: no cent is lost between the parts of an order
        {{ in_reporting_currency('running.amount_to_date', 'orders') }}
        - {{ in_reporting_currency('running.amount_before', 'orders') }} as net_revenue,
        settings.return_window_days
    from running
    inner join orders on running.order_id = orders.order_id
    cross join settings

),

final as (

    select
        converted.order_id,
        converted.order_name,
        converted.event,
        converted.event_id,
        converted.happened_at,
        converted.happened_on,
        converted.ordered_on,
        converted.happened_on - converted.ordered_on as days_after_order,
        converted.net_revenue::decimal(18, 2) as net_revenue,
        converted.currency_code,
        converted.happened_on
        >= {{ settles_on('converted.ordered_on', 'converted') }}
            as is_after_settlement
    from converted

)

select * from final
