-- One row per video whose counters were read, as it was last seen.
{{ config(materialized='view') }}
with videos as (

    select * from {{ ref('int_youtube__videos_seen') }}
    where seen_at is not null

),

missed_videos as (

    select * from {{ ref('int_youtube__missed_videos') }}

),

fetch_problems as (

    select * from {{ ref('stg_raw__fetch_problems') }}

),

-- until its turn to be read whole comes, a video is what the list of uploads says of it
described as (

    select
        videos.read_whole.account_id,
        videos.post_id,
        videos.read_whole.published_at,
        videos.read_whole.caption,
        videos.read_whole.is_labelled,
        videos.read_whole.live_broadcast_content
    from videos
    where videos.read_whole is not null
    union all
    select
        videos.listed.account_id,
        videos.post_id,
        videos.listed.published_at,
        videos.listed.caption,
        null as is_labelled,
        null as live_broadcast_content
    from videos
    where videos.read_whole is null and videos.listed is not null

),

missed as (

    select
        missed_videos.post_id,
        missed_videos.observed_at
    from missed_videos
    union all
    -- a page that came back empty leaves no row behind, only what the fetch noted
    select
        fetch_problems.post_id,
        fetch_problems.observed_at
    from fetch_problems
    where
        fetch_problems.source = 'youtube'
        and fetch_problems.stream in ('videos', 'video_stats')
        and fetch_problems.reason = 'not_found'

),

removals as (

    select
        missed.post_id,
        min(missed.observed_at)::date as removed_on
    from missed
    inner join videos
        on missed.post_id = videos.post_id and missed.observed_at > videos.seen_at
    group by missed.post_id

),

final as (

    select
        'youtube' as platform,
        described.account_id,
        described.post_id,
        described.published_at,
        described.caption,
        described.is_labelled,
        true as is_public,
        removals.removed_on,
        case
            when described.live_broadcast_content in ('live', 'upcoming') then 'live'
            else 'video'
        end as post_type
    from described
    left join removals on described.post_id = removals.post_id

)

select * from final
