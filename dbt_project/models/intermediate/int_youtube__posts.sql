-- One row per video, as it was last seen.
with videos as (

    select * from {{ ref('stg_youtube__videos') }}

),

video_requests as (

    select * from {{ ref('stg_youtube__video_requests') }}

),

newest as (

    select * from videos
    qualify row_number() over (
        partition by videos.post_id order by videos.observed_at desc, videos.fetch_id desc
    ) = 1

),

missed as (

    select
        unnest(list_filter(
            video_requests.requested_ids,
            lambda id: not list_contains(video_requests.returned_ids, id)
        )) as post_id,
        video_requests.observed_at
    from video_requests

),

removals as (

    select
        missed.post_id,
        min(missed.observed_at)::date as removed_on
    from missed
    inner join newest on missed.post_id = newest.post_id and missed.observed_at > newest.observed_at
    group by missed.post_id

),

final as (

    select
        'youtube' as platform,
        newest.account_id,
        newest.post_id,
        newest.published_at,
        newest.caption,
        newest.has_paid_product_placement as is_labelled,
        removals.removed_on,
        case when newest.live_broadcast_content in ('live', 'upcoming') then 'live' else 'video' end
            as post_type
    from newest
    left join removals on newest.post_id = removals.post_id

)

select * from final
