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
final as (

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

)

select * from final
