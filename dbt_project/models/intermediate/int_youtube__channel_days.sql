-- One row per authorised channel and day of California that the newest report has settled.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['flows']) }}"
) }}
{% set counted = {
    'views': 'views', 'engagedViews': 'engaged_views', 'likes': 'likes', 'comments': 'comments',
    'shares': 'shares', 'subscribersGained': 'subscribers_gained',
    'subscribersLost': 'subscribers_lost', 'estimatedMinutesWatched': 'minutes_watched'
} %}
{% set averaged = {
    'averageViewDuration': 'average_view_seconds',
    'averageViewPercentage': 'average_view_percentage'
} %}
with cells as (

    select * from {{ ref('stg_youtube_analytics__channel_days') }}
    where date_day is not null and {{ is_touched('date_day', ['flows']) }}

),

-- a report leaves out days without activity, and its newest days: it speaks of all days up to its last
reports as (

    select
        cells.account_id,
        cells.metric,
        cells.fetch_id,
        cells.observed_at,
        least(min(cells.asked_from), min(cells.date_day)) as asked_from,
        max(cells.date_day) as ready_until
    from cells
    group by cells.account_id, cells.metric, cells.fetch_id, cells.observed_at

),

report_days as (

    select
        reports.*,
        unnest(generate_series(reports.asked_from, reports.ready_until, interval 1 day))::date as date_day
    from reports

),

-- the newest report of a day wins: the vendor restates
newest as (

    select
        report_days.account_id,
        report_days.date_day,
        report_days.metric,
        report_days.observed_at,
        cells.date_day is null as is_left_out,
        cells.metric_value
    from report_days
    left join cells
        on
            report_days.account_id = cells.account_id
            and report_days.metric = cells.metric
            and report_days.fetch_id = cells.fetch_id
            and report_days.observed_at = cells.observed_at
            and report_days.date_day = cells.date_day
    where {{ is_touched('report_days.date_day', ['flows']) }}
    qualify row_number() over (
        partition by report_days.account_id, report_days.date_day, report_days.metric
        order by report_days.observed_at desc, report_days.fetch_id desc
    ) = 1

),

final as (

    select
        newest.account_id,
        newest.date_day,
        max(newest.observed_at) as observed_at,
        {% for metric, name in counted.items() %}
            max(case when newest.is_left_out then 0 else newest.metric_value end) filter (
                where newest.metric = '{{ metric }}'
            )::bigint as {{ name }},
        {% endfor %}
        -- an average of nothing is unknown
    {% for metric, name in averaged.items() %}
        max(newest.metric_value) filter (
            where newest.metric = '{{ metric }}'
        ) as {{ name }}
        {{- ',' if not loop.last }}
    {% endfor %}
    from newest
    group by newest.account_id, newest.date_day

)

select * from final
