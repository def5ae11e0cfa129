-- One row per video, as it was last seen by either of TikTok's APIs.
{{ config(materialized='view') }}
with observations as (

    select
        'display' as api,
        videos.account_id,
        videos.post_id,
        videos.published_at,
        videos.caption,
        videos.observed_at,
        videos.fetch_id
    from {{ ref('stg_tiktok__videos') }} as videos
    union all
    select
        'business' as api,
        videos.account_id,
        videos.post_id,
        videos.published_at,
        videos.caption,
        videos.observed_at,
        videos.fetch_id
    from {{ ref('stg_tiktok_business__videos') }} as videos

),

-- the last sight by each of the two
seen as (

    select * from observations
    qualify row_number() over (
        partition by observations.api, observations.post_id
        order by observations.observed_at desc, observations.fetch_id desc
    ) = 1

),

-- a list is newest first: it has answered for every post younger than its oldest one
lists as (

    select
        observations.api,
        observations.account_id,
        observations.fetch_id,
        max(observations.observed_at) as observed_at,
        min(observations.published_at) as reaches_back_to
    from observations
    group by observations.api, observations.account_id, observations.fetch_id

),

misses as (

    select
        seen.api,
        seen.post_id,
        min(lists.observed_at)::date as missed_on
    from seen
    inner join lists
        on
            seen.api = lists.api
            and seen.account_id = lists.account_id
            and seen.observed_at < lists.observed_at
            and seen.published_at > lists.reaches_back_to
    group by seen.api, seen.post_id

),

-- a video is gone when every API that knew it misses it; one made public again is back
removals as (

    select
        seen.post_id,
        case when count(misses.missed_on) = count(*) then min(misses.missed_on) end as removed_on
    from seen
    left join misses
        on
            seen.api = misses.api
            and seen.post_id = misses.post_id
    group by seen.post_id

),

newest as (

    select * from seen
    qualify row_number() over (
        partition by seen.post_id order by seen.observed_at desc, seen.api desc
    ) = 1

),

final as (

    select
        'tiktok' as platform,
        newest.account_id,
        newest.post_id,
        newest.published_at,
        newest.caption,
        null::boolean as is_labelled,
        false as is_public,
        removals.removed_on,
        'video' as post_type
    from newest
    left join removals on newest.post_id = removals.post_id

)

select * from final
