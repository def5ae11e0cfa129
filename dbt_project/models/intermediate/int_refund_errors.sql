-- One row per settled day of orders and number of days seen: the net revenue that would have been expected
-- of it then, beside what it came to at the end of its return window.
with triangle as (

    select * from {{ ref('int_refund_triangle') }}

),

forecasts as (

    select * from {{ ref('int_refund_forecasts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

seen as (

    select
        triangle.ordered_on,
        triangle.sales,
        triangle.age_days as days_seen,
        triangle.sales - sum(triangle.refunds) over (partition by triangle.ordered_on) as final_net_revenue,
        -- before this age
        triangle.sales + triangle.refunds - sum(triangle.refunds) over (
            partition by triangle.ordered_on order by triangle.age_days
        ) as seen_net_revenue
    from triangle
    cross join settings
    where
        settings.as_of_date >= {{ settles_on('triangle.ordered_on', 'settings') }}

),

final as (

    select
        seen.ordered_on,
        seen.days_seen,
        seen.sales,
        seen.final_net_revenue::decimal(18, 2) as final_net_revenue,
        (seen.seen_net_revenue - seen.sales * forecasts.share_to_come)::decimal(18, 2) as expected_net_revenue
    from seen
    inner join forecasts
        on
            forecasts.forecast_on = seen.ordered_on + seen.days_seen
            and seen.days_seen = forecasts.days_seen
    where forecasts.share_to_come is not null

)

select * from final
