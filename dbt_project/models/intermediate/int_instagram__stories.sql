-- One row per story: its last values before it expired, a day after it came out.
{% set metrics = [
    'views', 'reach', 'replies', 'shares', 'total_interactions', 'navigation', 'follows', 'profile_visits'
] %}
with stories as (

    select * from {{ ref('stg_instagram_stories__stories') }}
    where post_id is not null

),

insights as (

    select * from {{ ref('stg_instagram_stories__insights') }}

),

seen as (

    select
        stories.post_id,
        any_value(stories.account_id) as account_id,
        max_by(stories.media_type, stories.observed_at) as media_type,
        max_by(stories.caption, stories.observed_at) as caption,
        min(stories.published_at) as published_at,
        min(stories.published_at) + interval {{ story_hours() }} hour as expires_at,
        min(stories.observed_at) as first_observed_at,
        max(stories.observed_at) as last_observed_at
    from stories
    group by stories.post_id

),

-- a value once known is not lost to a later unknown one
measured as (

    select
        seen.post_id,
        max(insights.observed_at) as last_measured_at,
    {%- for metric in metrics %}
        max_by(insights.metric_value, insights.observed_at) filter (
            where insights.metric = '{{ metric }}'
        ) as {{ metric }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from seen
    inner join insights on seen.post_id = insights.post_id
    where
        insights.metric_value is not null
        and insights.observed_at <= coalesce(seen.expires_at, insights.observed_at)
    group by seen.post_id

),

final as (

    select
        'instagram' as platform,
        seen.account_id,
        seen.post_id,
        seen.media_type,
        seen.caption,
        seen.published_at,
        seen.expires_at,
        seen.first_observed_at,
        seen.last_observed_at,
        measured.last_measured_at,
        -- whoever looks every three hours has seen nearly all of it
        seen.last_observed_at >= seen.expires_at - interval {{ story_final_minutes() }} minute as is_final,
    {%- for metric in metrics %}
        measured.{{ metric }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from seen
    left join measured on seen.post_id = measured.post_id

)

select * from final
