-- One row per video and UTC day it was observed: the day's last counters. The two APIs count
-- differently: a video that the Display API ever showed has its counters from there alone, every
-- other one from the Business API. Reach and saves are the Business API's in any case.
{% set counters = ['views', 'likes', 'comments', 'shares'] %}
with display_days as (

    select
        videos.*,
        videos.observed_at::date as date_day
    from {{ ref('stg_tiktok__videos') }} as videos
    qualify row_number() over (
        partition by videos.post_id, videos.observed_at::date
        order by videos.observed_at desc, videos.fetch_id desc
    ) = 1

),

-- columns vanish from a video that rests: what was known of it stays known
business_kept as (

    select
        videos.account_id,
        videos.post_id,
        videos.observed_at,
        videos.fetch_id,
    {%- for counter in counters + ['reach', 'saves'] %}
        last_value(videos.{{ counter }} ignore nulls) over post_history as {{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('stg_tiktok_business__videos') }} as videos
    window post_history as (
        partition by videos.post_id order by videos.observed_at, videos.fetch_id
    )

),

business_days as (

    select
        business_kept.*,
        business_kept.observed_at::date as date_day
    from business_kept
    qualify row_number() over (
        partition by business_kept.post_id, business_kept.observed_at::date
        order by business_kept.observed_at desc, business_kept.fetch_id desc
    ) = 1

),

displayed as (

    select distinct display_days.post_id
    from display_days

),

united as (

    select
        coalesce(display_days.account_id, business_days.account_id) as account_id,
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
        united.account_id,
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
        chosen.account_id,
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
