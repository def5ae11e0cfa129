-- One row per number of days that have been seen of an order's return window: how much is given back by
-- then and after, and how well that was foretold for the days of orders that are settled by now.
with triangle as (

    select * from {{ ref('int_refund_triangle') }}

),

forecasts as (

    select * from {{ ref('int_refund_forecasts') }}

),

errors as (

    select * from {{ ref('int_refund_errors') }}

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

tested as (

    select
        errors.days_seen,
        count(*) as forecasts,
        sum(errors.final_net_revenue)::decimal(18, 2) as forecast_net_revenue,
        sum(errors.expected_net_revenue - errors.final_net_revenue)::decimal(18, 2) as error_sum,
        sum(abs(errors.expected_net_revenue - errors.final_net_revenue))::decimal(18, 2) as error_sum_absolute
    from errors
    group by errors.days_seen

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
        coalesce(tested.forecasts, 0) as forecasts,
        {{ ratio('tested.error_sum', 'tested.forecast_net_revenue') }} as forecast_bias,
        {{ ratio('tested.error_sum_absolute', 'tested.forecast_net_revenue') }} as forecast_error,
        settings.reporting_currency as currency_code
    from forecasts
    inner join settings on forecasts.forecast_on = settings.as_of_date
    -- the day seen last is one younger than the number of days
    left join developed on forecasts.days_seen = developed.age_days + 1
    left join tested on forecasts.days_seen = tested.days_seen

)

select * from final
