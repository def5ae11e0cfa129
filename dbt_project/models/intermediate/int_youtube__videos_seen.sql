-- One row per video that was read or listed: when it was last seen, and the last that was said of it whole
-- and in the list of uploads. A new fetch is held against what was known before, whatever night it is of.
{{ config(materialized='incremental', unique_key=['post_id']) }}
with sights as (

    select
        videos.post_id,
        videos.observed_at as seen_at,
        struct_pack(
            observed_at := videos.observed_at,
            fetch_id := videos.fetch_id,
            account_id := videos.account_id,
            published_at := videos.published_at,
            caption := videos.caption,
            is_labelled := videos.has_paid_product_placement,
            live_broadcast_content := videos.live_broadcast_content
        ) as read_whole,
        null as listed
    from {{ ref('stg_youtube__videos') }} as videos
    where {{ is_unbuilt('videos') }}
    union all by name
    select
        video_stats.post_id,
        video_stats.observed_at as seen_at
    from {{ ref('stg_youtube__video_stats') }} as video_stats
    where {{ is_unbuilt('video_stats') }}
    union all by name
    select
        playlist_items.post_id,
        struct_pack(
            observed_at := playlist_items.observed_at,
            fetch_id := playlist_items.fetch_id,
            account_id := playlist_items.account_id,
            published_at := playlist_items.published_at,
            caption := playlist_items.caption
        ) as listed
    from {{ ref('stg_youtube__playlist_items') }} as playlist_items
    where playlist_items.published_at is not null and {{ is_unbuilt('playlist_items') }}

),

known as (

    select * from sights
    {% if this and is_incremental() -%}
        union all by name
        select
            before.post_id,
            before.seen_at,
            before.read_whole,
            before.listed
        from {{ this }} as before
        semi join sights on before.post_id = sights.post_id
    {%- endif %}

),

final as (

    select
        known.post_id,
        max(known.seen_at) as seen_at,
        max_by(known.read_whole, (known.read_whole.observed_at, known.read_whole.fetch_id)) as read_whole,
        max_by(known.listed, (known.listed.observed_at, known.listed.fetch_id)) as listed
    from known
    group by known.post_id

)

select * from final
