-- One row per account and observation of its followers, all platforms; what anybody may see is
-- marked as public. A view: staging holds what it reads, a copy of every night would only cost.
{{ config(materialized='view') }}
with youtube as (

    select
        'youtube' as platform,
        channels.account_id,
        channels.followers,
        -- the public count is rounded down to three digits
        channels.followers >= 1000 as is_rounded,
        true as is_public,
        channels.observed_at
    from {{ ref('stg_youtube__channels') }} as channels

),

instagram as (

    select
        'instagram' as platform,
        accounts.account_id,
        accounts.followers,
        false as is_rounded,
        false as is_public,
        accounts.observed_at
    from {{ ref('stg_instagram__accounts') }} as accounts

),

tiktok_display as (

    select
        'tiktok' as platform,
        accounts.account_id,
        accounts.followers,
        false as is_rounded,
        false as is_public,
        accounts.observed_at
    from {{ ref('stg_tiktok__accounts') }} as accounts

),

-- of an account that the Display API does not show: a day's count is the one at its end
tiktok_business as (

    select
        'tiktok' as platform,
        account_days.account_id,
        account_days.followers,
        false as is_rounded,
        false as is_public,
        account_days.date_day + interval 1 day - interval 1 second as observed_at
    from {{ ref('stg_tiktok_business__account_days') }} as account_days
    where
        account_days.date_day is not null
        and account_days.followers is not null
        and account_days.account_id not in (select tiktok_display.account_id from tiktok_display)
    qualify row_number() over (
        partition by account_days.account_id, account_days.date_day
        order by account_days.observed_at desc, account_days.fetch_id desc
    ) = 1

),

instagram_public as (

    select
        'instagram' as platform,
        accounts.account_id,
        accounts.followers,
        false as is_rounded,
        true as is_public,
        accounts.observed_at
    from {{ ref('stg_instagram__discovery_accounts') }} as accounts

),

final as (

    select * from youtube
    union all by name
    select * from instagram
    union all by name
    select * from instagram_public
    union all by name
    select * from tiktok_display
    union all by name
    select * from tiktok_business

)

select * from final
