-- One row per account whose stories are looked for, to date.
with looks as (

    select * from {{ ref('stg_instagram_stories__looks') }}

),

stories as (

    select * from {{ ref('fct_stories') }}

),

looked_at as (

    select
        'instagram' as platform,
        looks.account_id,
        max(looks.observed_at) as last_looked_at
    from looks
    group by looks.account_id

),

counted as (

    select
        stories.platform,
        stories.account_id,
        max_by(stories.influencer_id, stories.starts_at) as influencer_id,
        count(*) filter (where not stories.is_missed) as stories,
        count(*) filter (where stories.is_captured) as stories_captured,
        count(stories.is_captured) as stories_ended,
        count(*) filter (where stories.is_missed) as spans_missed,
        sum(date_diff('minute', stories.starts_at, stories.ends_at)) filter (where stories.is_missed)
            as minutes_missed
    from stories
    group by stories.platform, stories.account_id

),

final as (

    select
        looked_at.platform,
        looked_at.account_id,
        counted.influencer_id,
        coalesce(counted.stories, 0) as stories,
        coalesce(counted.stories_ended, 0) as stories_ended,
        coalesce(counted.stories_captured, 0) as stories_captured,
        {{ ratio('counted.stories_captured', 'counted.stories_ended') }} as capture_share,
        coalesce(counted.spans_missed, 0) as spans_missed,
        (coalesce(counted.minutes_missed, 0) / 60)::decimal(18, 2) as hours_missed,
        looked_at.last_looked_at
    from looked_at
    left join counted
        on
            looked_at.platform = counted.platform
            and looked_at.account_id = counted.account_id

)

select * from final
