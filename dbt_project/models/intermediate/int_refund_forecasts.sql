-- One row per day of a forecast and number of days seen of an order's return window: the share of what was
-- sold that is still to be given back, from what was known on that day alone.
--
-- The incremental form of a chain ladder: refunds of an age / sales of the order days that have reached it,
-- summed over the ages to come. A ladder of factors multiplies what was given back so far, and would say
-- that a day without a refund yet will never have one.
with triangle as (

    select * from {{ ref('int_refund_triangle') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

-- all days, so that the days of orders that were known on a day are found by its date
days as (

    select unnest(generate_series(span.first_day, span.last_day, interval 1 day))::date as date_day
    from (
        select
            min(triangle.ordered_on) as first_day,
            any_value(settings.as_of_date) as last_day
        from triangle
        cross join settings
    ) as span

),

ages as (

    select distinct triangle.age_days from triangle

),

to_date as (

    select
        days.date_day as ordered_on,
        ages.age_days,
        sum(triangle.sales) over (in_order) as sales,
        sum(triangle.refunds) over (in_order) as refunds,
        count(triangle.sales) over (in_order) as order_days
    from days
    cross join ages
    left join triangle
        on days.date_day = triangle.ordered_on and ages.age_days = triangle.age_days
    window in_order as (partition by ages.age_days order by days.date_day)

),

-- what had been seen of each age on the morning of a day: orders placed age + 1 days before
seen as (

    select
        days.date_day as forecast_on,
        ages.age_days,
        to_date.order_days,
        to_date.refunds / nullif(to_date.sales, 0)::double as refund_share
    from days
    cross join ages
    left join to_date
        on
            -- each side by itself, else every day is compared with every other
            days.date_day = to_date.ordered_on + to_date.age_days + 1
            and ages.age_days = to_date.age_days

),

shares as (

    select
        seen.forecast_on,
        seen.age_days as days_seen,
        min(coalesce(seen.order_days, 0)) over (partition by seen.forecast_on) as order_days,
        sum(seen.refund_share) over (
            partition by seen.forecast_on order by seen.age_days desc
        ) as share_to_come
    from seen
    union all
    -- all of it was seen
    select
        days.date_day as forecast_on,
        settings.return_window_days + 1 as days_seen,
        {{ refund_history_days() }} as order_days,
        0 as share_to_come
    from days
    cross join settings

),

final as (

    select
        shares.forecast_on,
        shares.days_seen,
        shares.order_days,
        case
            when shares.order_days >= {{ refund_history_days() }}
                then shares.share_to_come::decimal(18, 8)
        end as share_to_come
    from shares

)

select * from final
