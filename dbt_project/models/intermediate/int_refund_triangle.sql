-- One row per day of orders and age in days up to the return window, as far as that age has been seen:
-- what was sold on the day, and what of it was given back at that age by refunds and cancellations.
with sales as (

    select * from {{ ref('int_revenue_events') }}
    where event = 'sale'

),

returns as (

    select * from {{ ref('int_revenue_events') }}
    where event in ('refund', 'cancellation')

),

settings as (

    select * from {{ ref('int_settings') }}

),

sold as (

    select
        sales.ordered_on,
        sum(sales.net_revenue)::decimal(18, 2) as sales
    from sales
    group by sales.ordered_on

),

given_back as (

    select
        returns.ordered_on,
        returns.days_after_order as age_days,
        -sum(returns.net_revenue)::decimal(18, 2) as refunds
    from returns
    group by returns.ordered_on, returns.days_after_order

),

ages as (

    select unnest(generate_series(0, settings.return_window_days))::integer as age_days
    from settings

),

final as (

    select
        sold.ordered_on,
        ages.age_days,
        sold.sales,
        coalesce(given_back.refunds, 0)::decimal(18, 2) as refunds
    from sold
    cross join ages
    cross join settings
    left join given_back
        on sold.ordered_on = given_back.ordered_on and ages.age_days = given_back.age_days
    -- the day of as_of is not over
    where sold.ordered_on + ages.age_days < settings.as_of_date

)

select * from final
