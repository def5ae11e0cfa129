-- One row per number of days that have been seen of an order's return window: how much is given back by
-- then and after, and how well that was foretold for the days of orders that are settled by now.
with triangle as (

    select * from {{ ref('int_refund_triangle') }}

),

forecasts as (

    select * from {{ ref('int_refund_forecasts') }}

),

errors as (

    select * from {{ ref('int_refund_errors_by_age') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

developed as (

    select
        triangle.age_days,
        count(*) as order_days,
        sum(triangle.sales)::decimal(18, 2) as sales,
        sum(triangle.refunds)::decimal(18, 2) as refunds
    from triangle
    group by triangle.age_days

),

final as (

    select
        forecasts.days_seen,
        developed.order_days,
        developed.sales,
        developed.refunds,
        {{ ratio('developed.refunds', 'developed.sales') }} as refund_share,
        forecasts.share_to_come::decimal(18, 6) as refund_share_to_come,
        case when forecasts.share_to_come is null then 'too_little_history' end as not_expected_because,
        coalesce(errors.forecasts, 0) as forecasts,
        errors.forecast_bias,
        errors.forecast_error,
        settings.reporting_currency as currency_code
    from forecasts
    inner join settings on forecasts.forecast_on = settings.as_of_date
    -- the day seen last is one younger than the number of days
    left join developed on forecasts.days_seen = developed.age_days + 1
    left join errors on forecasts.days_seen = errors.days_seen

)

select * from final
