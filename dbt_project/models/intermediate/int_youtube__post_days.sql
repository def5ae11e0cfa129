-- One row per video and UTC day it was observed: the day's last counters, by either method.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['posts']) }}"
) }}
with videos as (

    select * from {{ ref('stg_youtube__videos') }}
    where {{ is_touched('observed_at', ['posts']) }}

),

video_stats as (

    select * from {{ ref('stg_youtube__video_stats') }}
    where {{ is_touched('observed_at', ['posts']) }}

),

unioned as (

    select
        videos.post_id,
        videos.observed_at,
        videos.fetch_id,
        videos.views,
        videos.likes,
        videos.comments
    from videos
    union all
    select
        video_stats.post_id,
        video_stats.observed_at,
        video_stats.fetch_id,
        video_stats.views,
        video_stats.likes,
        video_stats.comments
    from video_stats

),

newest as (

    select * from unioned
    qualify row_number() over (
        partition by unioned.post_id, unioned.observed_at::date
        order by unioned.observed_at desc, unioned.fetch_id desc
    ) = 1

),

final as (

    select
        'youtube' as platform,
        newest.post_id,
        newest.observed_at::date as date_day,
        newest.observed_at,
        newest.views,
        null::bigint as reach,
        newest.likes,
        newest.comments,
        null::bigint as shares,
        null::bigint as saves,
        -- YouTube's public numbers have no shares
        newest.likes + newest.comments as engagements
    from newest

)

select * from final
