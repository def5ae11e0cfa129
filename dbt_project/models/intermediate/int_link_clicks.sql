-- One row per tracked link, day and source of the count. Bitly counts clicks by UTC day, GA4 counts
-- sessions by the property's day, of those visitors who may be measured: side by side, never added.
with links as (

    select * from {{ ref('stg_plan__links') }}

),

bitly_clicks as (

    select * from {{ ref('stg_bitly__clicks') }}
    where date_day is not null
    qualify row_number() over (
        partition by link_id, date_day order by observed_at desc, fetch_id desc
    ) = 1

),

ga4_sessions as (

    select * from {{ ref('stg_ga4__sessions') }}
    where date_day is not null

),

ga4_requests as (

    select * from {{ ref('stg_ga4__session_requests') }}

),

-- a day is what its newest report says: a row that is gone from it is gone
ga4_days as (

    select
        days.property_id,
        days.date_day,
        days.fetch_id,
        days.observed_at,
        days.time_zone,
        days.has_gaps
    from (
        select
            ga4_requests.property_id,
            ga4_requests.fetch_id,
            ga4_requests.observed_at,
            ga4_requests.time_zone,
            ga4_requests.has_other_row or ga4_requests.is_thresholded or ga4_requests.is_sampled as has_gaps,
            unnest(
                generate_series(ga4_requests.asked_from, ga4_requests.asked_to, interval 1 day)
            )::date as date_day
        from ga4_requests
    ) as days
    qualify row_number() over (
        partition by days.property_id, days.date_day order by days.observed_at desc, days.fetch_id desc
    ) = 1

),

matched as (

    select
        links.link_id,
        ga4_sessions.date_day,
        ga4_sessions.sessions,
        ga4_days.observed_at,
        ga4_days.time_zone,
        ga4_days.has_gaps,
        count(*) over (
            partition by
                ga4_sessions.property_id, ga4_sessions.date_day, ga4_sessions.utm_source,
                ga4_sessions.utm_medium, ga4_sessions.utm_campaign, ga4_sessions.utm_content
        ) as claimants
    from ga4_sessions
    inner join ga4_days
        on
            ga4_sessions.property_id = ga4_days.property_id
            and ga4_sessions.date_day = ga4_days.date_day
            and ga4_sessions.fetch_id = ga4_days.fetch_id
    inner join links
        on
            ga4_sessions.utm_content = links.utm_content
            and (links.utm_campaign is null or ga4_sessions.utm_campaign = links.utm_campaign)
            and (links.utm_source is null or ga4_sessions.utm_source = links.utm_source)
            and (links.utm_medium is null or ga4_sessions.utm_medium = links.utm_medium)

),

counted as (

    select
        bitly_clicks.link_id,
        bitly_clicks.date_day,
        'bitly' as counted_by,
        bitly_clicks.clicks,
        'UTC' as time_zone,
        false as has_gaps,
        bitly_clicks.observed_at
    from bitly_clicks
    union all
    select
        matched.link_id,
        matched.date_day,
        'ga4' as counted_by,
        case when bool_and(matched.sessions is not null) then try_cast(sum(matched.sessions) as bigint) end
            as clicks,
        any_value(matched.time_zone) as time_zone,
        bool_or(matched.has_gaps) as has_gaps,
        max(matched.observed_at) as observed_at
    from matched
    where matched.claimants = 1
    group by matched.link_id, matched.date_day

),

final as (

    select
        counted.link_id,
        links.collaboration_id,
        counted.date_day,
        counted.counted_by,
        counted.clicks,
        counted.time_zone,
        counted.has_gaps,
        counted.observed_at
    from counted
    inner join links on counted.link_id = links.link_id

)

select * from final
