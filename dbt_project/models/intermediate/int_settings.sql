-- One row: the instant the marts speak of, and what the brand has set.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with fetch_streams as (

    select * from {{ ref('stg_raw__fetch_streams') }}

),

brand as (

    select * from {{ ref('stg_plan__brand') }}

),

clock as (

    select
        {% if var('as_of') -%}
            {{ to_utc("'" ~ var('as_of') ~ "'") }}
        {%- else -%}
            max(fetch_streams.observed_at)
        {%- endif %} as as_of,
        max(fetch_streams.observed_at) filter (
            where fetch_streams.source = 'shopify' and fetch_streams.stream = 'orders'
        ) as orders_observed_at
    from fetch_streams

),

final as (

    select
        clock.as_of,
        -- what no order means: none once the shop was read, unknown before
        case when clock.orders_observed_at is not null then 0 end as none_sold,
        brand.reporting_currency,
        brand.contribution_margin,
        brand.lookback_days,
        brand.return_window_days,
        brand.track_posts_days,
        brand.tiers,
        brand.retention,
        coalesce(brand.time_zone, 'UTC') as time_zone,
        {{ local_date('clock.as_of', "coalesce(brand.time_zone, 'UTC')") }} as as_of_date
    from clock
    left join brand on true

)

select * from final
