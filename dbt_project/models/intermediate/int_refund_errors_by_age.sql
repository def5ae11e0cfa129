-- One row per number of days that had been seen of an order's return window: how far the forecasts made then
-- lay from what their days of orders came to, sums over sums.
with errors as (

    select * from {{ ref('int_refund_errors') }}

),

summed as (

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
        summed.days_seen,
        summed.forecasts,
        {{ ratio('summed.error_sum', 'summed.forecast_net_revenue') }} as forecast_bias,
        {{ ratio('summed.error_sum_absolute', 'summed.forecast_net_revenue') }} as forecast_error
    from summed

)

select * from final
