-- One row per media or story, as it was last seen.
-- Creators who have not let us in are known from their public list.
{{ config(materialized='view') }}
with media as (

    select
        media.*,
        false as is_public
    from {{ ref('stg_instagram__media') }} as media
    union all
    select
        media.*,
        true as is_public
    from {{ ref('stg_instagram__discovery_media') }} as media

),

-- a list of media holds none
stories as (

    select * from {{ ref('int_instagram__stories') }}
    where
        post_id not in (
            select media.post_id
            from media
            where media.post_id is not null
        )

),

newest as (

    select
        media.* exclude (is_public),
        -- what the owner's own list has shown once is known by his leave
        bool_and(media.is_public) over (partition by media.post_id) as is_public
    from media
    qualify row_number() over (
        partition by media.post_id
        order by media.observed_at desc, media.fetch_id desc
    ) = 1

),

-- a list is newest first: it has answered for every post younger than its oldest one
lists as (

    select
        media.account_id,
        media.fetch_id,
        max(media.observed_at) as observed_at,
        min(media.published_at) as reaches_back_to
    from media
    group by media.account_id, media.fetch_id

),

removals as (

    select
        newest.post_id,
        min(lists.observed_at)::date as removed_on
    from newest
    inner join lists
        on
            newest.account_id = lists.account_id
            -- the pages of one list are read at different instants
            and newest.fetch_id != lists.fetch_id
            and newest.observed_at < lists.observed_at
            and newest.published_at > lists.reaches_back_to
    group by newest.post_id

),

final as (

    select
        'instagram' as platform,
        newest.account_id,
        newest.post_id,
        newest.published_at,
        newest.caption,
        null::boolean as is_labelled,
        newest.is_public,
        removals.removed_on,
        case
            when newest.media_product_type = 'REELS' then 'reel'
            when newest.media_product_type = 'STORY' then 'story'
            when newest.media_type = 'CAROUSEL_ALBUM' then 'carousel'
            when newest.media_type = 'VIDEO' then 'video'
            when newest.media_type = 'IMAGE' then 'image'
            else 'other'
        end as post_type
    from newest
    left join removals on newest.post_id = removals.post_id
    union all
    select
        stories.platform,
        stories.account_id,
        stories.post_id,
        stories.published_at,
        stories.caption,
        null as is_labelled,
        false as is_public,
        -- it ends by itself
        null as removed_on,
        'story' as post_type
    from stories

)

select * from final
