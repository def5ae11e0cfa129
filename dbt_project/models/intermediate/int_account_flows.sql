-- One row per account and day: followers gained and lost, as the platform itself dates them.
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
    where insights.asked_from = insights.asked_to

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

youtube as (

    select
        'youtube' as platform,
        channel_days.account_id,
        channel_days.date_day,
        channel_days.subscribers_gained as followers_gained,
        channel_days.subscribers_lost as followers_lost
    from {{ ref('int_youtube__channel_days') }} as channel_days
    where coalesce(channel_days.subscribers_gained, channel_days.subscribers_lost) is not null

),

final as (

    select * from instagram
    union all
    select * from youtube

)

select * from final
