-- One row per account and observation of its followers, all platforms; what anybody may see is
-- marked as public.
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

)

select * from final
