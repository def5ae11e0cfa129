-- One row per video and UTC day it was observed: the day's last counters. The two APIs count
-- differently: a video that the Display API ever showed has its counters from there alone, every
-- other one from the Business API. Reach and saves are the Business API's in any case.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['posts']) }}"
) }}
{% set counters = ['views', 'likes', 'comments', 'shares'] %}
with display_days as (

    select
        videos.*,
        videos.observed_at::date as date_day
    from {{ ref('stg_tiktok__videos') }} as videos
    where {{ is_touched('videos.observed_at', ['posts']) }}
    qualify row_number() over (
        partition by videos.post_id, videos.observed_at::date
        order by videos.observed_at desc, videos.fetch_id desc
    ) = 1

),

business as (

    select
        videos.post_id,
        videos.observed_at,
        videos.fetch_id,
    {%- for counter in counters + ['reach', 'saves'] %}
        videos.{{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('stg_tiktok_business__videos') }} as videos
    where {{ is_touched('videos.observed_at', ['posts']) }}

),

-- where each of these videos stood before the days that are made again
before as (

    select
        videos.post_id,
        max(videos.observed_at) as observed_at,
        '' as fetch_id,
    {%- for counter in counters + ['reach', 'saves'] %}
        max_by(videos.{{ counter }}, (videos.observed_at, videos.fetch_id)) filter (
            where videos.{{ counter }} is not null
        ) as {{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('stg_tiktok_business__videos') }} as videos
    semi join business on videos.post_id = business.post_id
    where {{ is_before_touched('videos.observed_at', ['posts']) }}
    group by videos.post_id

),

business_history as (

    select * from business
    union all
    select * from before

),

-- columns vanish from a video that rests: what was known of it stays known
business_kept as (

    select
        videos.post_id,
        videos.observed_at,
        videos.fetch_id,
    {%- for counter in counters + ['reach', 'saves'] %}
        last_value(videos.{{ counter }} ignore nulls) over post_history as {{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from business_history as videos
    window post_history as (
        partition by videos.post_id order by videos.observed_at, videos.fetch_id
    )

),

business_days as (

    select
        business_kept.*,
        business_kept.observed_at::date as date_day
    from business_kept
    where {{ is_touched('business_kept.observed_at', ['posts']) }}
    qualify row_number() over (
        partition by business_kept.post_id, business_kept.observed_at::date
        order by business_kept.observed_at desc, business_kept.fetch_id desc
    ) = 1

),

displayed as (

    select distinct videos.post_id
    from {{ ref('stg_tiktok__videos') }} as videos

),

united as (

    select
        coalesce(display_days.post_id, business_days.post_id) as post_id,
        coalesce(display_days.date_day, business_days.date_day) as date_day,
        greatest(display_days.observed_at, business_days.observed_at) as observed_at,
        business_days.reach,
        business_days.saves,
    {%- for counter in counters %}
        display_days.{{ counter }} as display_{{ counter }},
        business_days.{{ counter }} as business_{{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from display_days
    full outer join business_days
        on
            display_days.post_id = business_days.post_id
            and display_days.date_day = business_days.date_day

),

chosen as (

    select
        united.post_id,
        united.date_day,
        united.observed_at,
        united.reach,
        united.saves,
    {%- for counter in counters %}
        case
            when displayed.post_id is not null then united.display_{{ counter }}
            else united.business_{{ counter }}
        end as {{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from united
    left join displayed on united.post_id = displayed.post_id

),

final as (

    select
        'tiktok' as platform,
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
