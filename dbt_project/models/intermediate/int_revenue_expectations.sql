-- One row per day of orders: how much of what was sold on it is still to be given back, as_of now.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with orders as (

    select * from {{ ref('int_orders') }}

),

forecasts as (

    select * from {{ ref('int_refund_forecasts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

days as (

    select distinct orders.ordered_on
    from orders
    where orders.quarantine_reason is null

),

dated as (

    select
        days.ordered_on,
        settings.as_of_date,
        least(
            greatest(settings.as_of_date - days.ordered_on, 0), settings.return_window_days + 1
        ) as days_seen,
        settings.as_of_date >= {{ settles_on('days.ordered_on', 'settings') }} as is_settled
    from days
    cross join settings

),

final as (

    select
        dated.ordered_on,
        dated.days_seen,
        dated.is_settled,
        case when dated.is_settled then 0 else forecasts.share_to_come end::decimal(18, 8) as share_to_come,
        case
            when not dated.is_settled and forecasts.share_to_come is null then 'too_little_history'
        end as not_expected_because
    from dated
    left join forecasts
        on dated.as_of_date = forecasts.forecast_on and dated.days_seen = forecasts.days_seen

)

select * from final
