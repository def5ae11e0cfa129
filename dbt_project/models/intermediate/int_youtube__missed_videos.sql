-- One row per video and page of counters that was asked for it and left it out.
{{ config(materialized='incremental') }}
with video_requests as (

    select * from {{ ref('stg_youtube__video_requests') }}
    where {{ is_unbuilt() }}

),

final as (

    select
        unnest(list_filter(
            video_requests.requested_ids,
            lambda id: not list_contains(video_requests.returned_ids, id)
        )) as post_id,
        video_requests.observed_at
    from video_requests

)

select * from final
