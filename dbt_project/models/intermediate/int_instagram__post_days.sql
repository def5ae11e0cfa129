-- One row per media or story and UTC day it was observed: the day's last counters. Per metric the owner's
-- insights come first, else the media list; a value is never replaced by a missing one. Creators who
-- have not let us in show likes and comments alone: their views, reach and engagements are unknown.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['posts']) }}"
) }}
with media as (

    select * from {{ ref('stg_instagram__media') }}
    where {{ is_touched('observed_at', ['posts']) }}
    union all
    select * from {{ ref('stg_instagram__discovery_media') }}
    where {{ is_touched('observed_at', ['posts']) }}

),

stories as (

    select * from {{ ref('int_instagram__stories') }}

),

story_insights as (

    select insights.*
    from {{ ref('stg_instagram_stories__insights') }} as insights
    inner join stories on insights.post_id = stories.post_id
    where
        insights.observed_at <= coalesce(stories.expires_at, insights.observed_at)
        and {{ is_touched('insights.observed_at', ['posts']) }}

),

media_insights as (

    select * from {{ ref('stg_instagram__media_insights') }}
    where {{ is_touched('observed_at', ['posts']) }}
    union all
    select * from story_insights

),

listed as (

    select
        media.post_id,
        media.observed_at::date as date_day,
        media.observed_at,
        media.likes,
        media.comments
    from media
    qualify row_number() over (
        partition by media.post_id, media.observed_at::date
        order by media.observed_at desc, media.fetch_id desc
    ) = 1

),

insights as (

    select
        media_insights.post_id,
        media_insights.observed_at::date as date_day,
        max(media_insights.observed_at) as observed_at,
    {%- for metric in ['views', 'reach', 'likes', 'comments', 'shares', 'saved'] %}
        max_by(media_insights.metric_value, media_insights.observed_at) filter (
            where media_insights.metric = '{{ metric }}'
        ) as {{ metric }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from media_insights
    group by media_insights.post_id, media_insights.observed_at::date

),

chosen as (

    select
        coalesce(listed.post_id, insights.post_id) as post_id,
        coalesce(listed.date_day, insights.date_day) as date_day,
        greatest(listed.observed_at, insights.observed_at) as observed_at,
        insights.views,
        insights.reach,
        coalesce(insights.likes, listed.likes) as likes,
        coalesce(insights.comments, listed.comments) as comments,
        insights.shares,
        insights.saved as saves
    from listed
    full outer join insights
        on
            listed.post_id = insights.post_id
            and listed.date_day = insights.date_day

),

final as (

    select
        'instagram' as platform,
        chosen.post_id,
        chosen.date_day,
        chosen.observed_at,
        chosen.views,
        chosen.reach,
        chosen.likes,
        chosen.comments,
        chosen.shares,
        chosen.saves,
        chosen.likes + chosen.comments + chosen.shares as engagements
    from chosen

)

select * from final
