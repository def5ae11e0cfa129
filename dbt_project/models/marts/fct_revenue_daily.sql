-- One row per day with an order or an event of one: the shop's revenue in both views.
-- order_cohort dates all that happens to an order by the order, event_date by when it happened.
with events as (

    select * from {{ ref('int_revenue_events') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

expectations as (

    select * from {{ ref('int_revenue_expectations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

counted as (

    select
        orders.ordered_on as date_day,
        count(*) filter (where orders.is_countable and orders.quarantine_reason is null) as orders,
        count(*) filter (where orders.is_countable and orders.quarantine_reason is not null) as orders_unread
    from orders
    where orders.ordered_on is not null
    group by orders.ordered_on

),

by_order as (

    select
        events.ordered_on as date_day,
        {{ event_sums('events', 'order_cohort') }}
    from events
    group by events.ordered_on

),

by_event as (

    select
        events.happened_on as date_day,
        {{ event_sums('events', 'event_date') }}
    from events
    group by events.happened_on

),

days as (

    select counted.date_day from counted
    union
    select by_event.date_day from by_event

),

joined as (

    select
        days.date_day,
        coalesce(counted.orders, 0) as orders,
        coalesce(counted.orders_unread, 0) as orders_unread,
        {%- for view in ['order_cohort', 'event_date'] %}
            {%- for part in ['sales', 'edits', 'refunds', 'cancellations', 'net_revenue'] %}
                coalesce({{ 'by_order' if view == 'order_cohort' else 'by_event' }}.{{ part }}_{{ view }}, 0)
                    as {{ part }}_{{ view }},
            {%- endfor %}
        {%- endfor %}
        -- on a day without an order nothing is still to come
        case when expectations.ordered_on is null then 0 else expectations.share_to_come end as share_to_come,
        expectations.not_expected_because,
        coalesce(
            expectations.is_settled,
            settings.as_of_date >= {{ settles_on('days.date_day', 'settings') }}
        ) as is_settled,
        settings.reporting_currency as currency_code
    from days
    cross join settings
    left join counted on days.date_day = counted.date_day
    left join by_order on days.date_day = by_order.date_day
    left join by_event on days.date_day = by_event.date_day
    left join expectations on days.date_day = expectations.ordered_on

),

final as (

    select
        joined.date_day,
        joined.orders,
        joined.orders_unread,
        joined.sales_order_cohort,
        joined.edits_order_cohort,
        joined.refunds_order_cohort,
        joined.cancellations_order_cohort,
        joined.net_revenue_order_cohort,
        joined.sales_event_date,
        joined.edits_event_date,
        joined.refunds_event_date,
        joined.cancellations_event_date,
        joined.net_revenue_event_date,
        joined.is_settled,
        {{ expected_net_revenue(
            'joined.net_revenue_order_cohort', 'joined.sales_order_cohort', 'joined.share_to_come'
        ) }} as expected_net_revenue,
        joined.not_expected_because,
        joined.currency_code
    from joined

)

select * from final
