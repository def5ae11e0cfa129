-- One row per account and observation of its followers, all platforms.
with youtube as (

    select
        'youtube' as platform,
        channels.account_id,
        channels.followers,
        -- the public count is rounded down to three digits
        channels.followers >= 1000 as is_rounded,
        channels.observed_at
    from {{ ref('stg_youtube__channels') }} as channels

),

instagram as (

    select
        'instagram' as platform,
        accounts.account_id,
        accounts.followers,
        false as is_rounded,
        accounts.observed_at
    from {{ ref('stg_instagram__accounts') }} as accounts

),

final as (

    select * from youtube
    union all
    select * from instagram

)

select * from final
