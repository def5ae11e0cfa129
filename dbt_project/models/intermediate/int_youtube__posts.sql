-- One row per video whose counters were read, as it was last seen.
with videos as (

    select * from {{ ref('stg_youtube__videos') }}

),

video_stats as (

    select * from {{ ref('stg_youtube__video_stats') }}

),

playlist_items as (

    select * from {{ ref('stg_youtube__playlist_items') }}

),

video_requests as (

    select * from {{ ref('stg_youtube__video_requests') }}

),

fetch_problems as (

    select * from {{ ref('stg_raw__fetch_problems') }}

),

seen as (

    select
        videos.post_id,
        videos.observed_at
    from videos
    union all
    select
        video_stats.post_id,
        video_stats.observed_at
    from video_stats

),

last_seen as (

    select
        seen.post_id,
        max(seen.observed_at) as observed_at
    from seen
    group by seen.post_id

),

read_whole as (

    select
        videos.account_id,
        videos.post_id,
        videos.published_at,
        videos.caption,
        videos.has_paid_product_placement as is_labelled,
        videos.live_broadcast_content
    from videos
    qualify row_number() over (
        partition by videos.post_id order by videos.observed_at desc, videos.fetch_id desc
    ) = 1

),

-- until its turn to be read whole comes, a video is what the list of uploads says of it
listed as (

    select
        playlist_items.account_id,
        playlist_items.post_id,
        playlist_items.published_at,
        playlist_items.caption,
        null::boolean as is_labelled,
        null::varchar as live_broadcast_content
    from playlist_items
    inner join last_seen on playlist_items.post_id = last_seen.post_id
    left join read_whole on playlist_items.post_id = read_whole.post_id
    where
        read_whole.post_id is null
        and playlist_items.published_at is not null
    qualify row_number() over (
        partition by playlist_items.post_id
        order by playlist_items.observed_at desc, playlist_items.fetch_id desc
    ) = 1

),

described as (

    select * from read_whole
    union all
    select * from listed

),

missed as (

    select
        unnest(list_filter(
            video_requests.requested_ids,
            lambda id: not list_contains(video_requests.returned_ids, id)
        )) as post_id,
        video_requests.observed_at
    from video_requests
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
    inner join last_seen
        on missed.post_id = last_seen.post_id and missed.observed_at > last_seen.observed_at
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
