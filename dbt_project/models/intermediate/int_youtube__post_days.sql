-- One row per video and UTC day it was observed: the day's last counters.
with videos as (

    select * from {{ ref('stg_youtube__videos') }}

),

final as (

    select
        'youtube' as platform,
        videos.account_id,
        videos.post_id,
        videos.observed_at::date as date_day,
        videos.observed_at,
        videos.views,
        null::bigint as reach,
        videos.likes,
        videos.comments,
        null::bigint as shares,
        null::bigint as saves,
        -- YouTube's public numbers have no shares
        videos.likes + videos.comments as engagements
    from videos
    qualify row_number() over (
        partition by videos.post_id, videos.observed_at::date
        order by videos.observed_at desc, videos.fetch_id desc
    ) = 1

)

select * from final
