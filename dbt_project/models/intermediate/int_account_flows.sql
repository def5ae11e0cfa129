-- One row per account and day: followers gained and lost, as the platform itself dates them.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['flows']) }}"
) }}
with insights as (

    select * from {{ ref('stg_instagram__user_insights') }}
    where metric = 'follows_and_unfollows'

),

-- an answer over several days has no day of its own
answers as (

    select
        insights.account_id,
        insights.asked_from as date_day,
        insights.observed_at,
        insights.breakdown_results as results,
        list_transform(
            insights.breakdown_results, lambda result: coalesce(result.dimension_values[1], '')
        ) as categories
    from insights
    where insights.asked_from = insights.asked_to and {{ is_touched('insights.asked_from', ['flows']) }}

),

-- a category in which nothing happened is left out, `results` as a whole too: 0 once the day is certain to be
-- told of, and unless the vendor counted somebody without saying where
completed as (

    select
        answers.*,
        case
            when
                list_has_all(['FOLLOWER', 'NON_FOLLOWER'], answers.categories)
                and (
                    len(answers.categories) > 0
                    or {{ is_told_of_instagram('answers.date_day', 'answers.observed_at') }}
                )
                then 0
        end as left_out
    from answers

),

told as (

    select
        completed.account_id,
        completed.date_day,
        completed.observed_at,
        case
            when list_contains(completed.categories, 'FOLLOWER')
                then completed.results[list_position(completed.categories, 'FOLLOWER')].value
            else completed.left_out
        end as followers_gained,
        case
            when list_contains(completed.categories, 'NON_FOLLOWER')
                then completed.results[list_position(completed.categories, 'NON_FOLLOWER')].value
            else completed.left_out
        end as followers_lost
    from completed

),

-- the newest figure of a day wins: vendors restate; max_by passes over what is unknown
instagram as (

    select
        'instagram' as platform,
        told.account_id,
        told.date_day,
        max_by(told.followers_gained, told.observed_at) as followers_gained,
        max_by(told.followers_lost, told.observed_at) as followers_lost
    from told
    where coalesce(told.followers_gained, told.followers_lost) is not null
    group by told.account_id, told.date_day

),

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
