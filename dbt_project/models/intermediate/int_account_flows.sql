-- One row per account and day: followers gained and lost, as the platform itself dates them.
{{ config(materialized='incremental', pre_hook="{{ forget_touched_days(['flows']) }}") }}
with insights as (

    select * from {{ ref('stg_instagram__user_insights') }}
    where metric = 'follows_and_unfollows'

),

-- an answer over several days has no day of its own
results as (

    select
        insights.account_id,
        insights.asked_from as date_day,
        insights.observed_at,
        unnest(insights.breakdown_results) as result
    from insights
    where insights.asked_from = insights.asked_to and {{ is_touched('insights.asked_from', ['flows']) }}

),

-- the newest figure of a day wins: vendors restate
instagram as (

    select
        'instagram' as platform,
        results.account_id,
        results.date_day,
        max_by(results.result.value, results.observed_at) filter (
            where results.result.dimension_values[1] = 'FOLLOWER'
        ) as followers_gained,
        max_by(results.result.value, results.observed_at) filter (
            where results.result.dimension_values[1] = 'NON_FOLLOWER'
        ) as followers_lost
    from results
    group by results.account_id, results.date_day

),

-- max_by passes over a statement that leaves a figure out
tiktok as (

    select
        'tiktok' as platform,
        account_days.account_id,
        account_days.date_day,
        max_by(account_days.followers_gained, account_days.observed_at) as followers_gained,
        max_by(account_days.followers_lost, account_days.observed_at) as followers_lost
    from {{ ref('stg_tiktok_business__account_days') }} as account_days
    where account_days.date_day is not null and {{ is_touched('account_days.date_day', ['flows']) }}
    group by account_days.account_id, account_days.date_day

),

youtube as (

    select
        'youtube' as platform,
        channel_days.account_id,
        channel_days.date_day,
        channel_days.subscribers_gained as followers_gained,
        channel_days.subscribers_lost as followers_lost
    from {{ ref('int_youtube__channel_days') }} as channel_days
    where
        coalesce(channel_days.subscribers_gained, channel_days.subscribers_lost) is not null
        and {{ is_touched('channel_days.date_day', ['flows']) }}

),

final as (

    select * from instagram
    union all
    select * from tiktok
    union all
    select * from youtube

)

select * from final
