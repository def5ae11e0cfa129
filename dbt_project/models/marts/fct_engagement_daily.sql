-- One row per campaign, influencer, platform and day with an observation of a sponsored post.
with post_days as (

    select * from {{ ref('fct_post_engagement_daily') }}

),

posts as (

    select * from {{ ref('dim_posts') }}
    where collaboration_id is not null and post_type is distinct from 'story'

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

days as (

    select distinct
        post_days.platform,
        post_days.date_day
    from post_days

),

-- what there was to observe: posts that were out, still followed, and not taken down
expected as (

    select
        collaborations.campaign_id,
        collaborations.influencer_id,
        days.platform,
        days.date_day,
        count(*) as posts_expected
    from days
    inner join posts
        on
            days.platform = posts.platform
            and days.date_day >= posts.published_at::date
            and (posts.removed_on is null or days.date_day < posts.removed_on)
    inner join collaborations on posts.collaboration_id = collaborations.collaboration_id
    cross join settings
    where days.date_day - posts.published_at::date <= settings.track_posts_days
    group by
        collaborations.campaign_id,
        collaborations.influencer_id,
        days.platform,
        days.date_day

),

observed as (

    select
        collaborations.campaign_id,
        collaborations.influencer_id,
        post_days.platform,
        post_days.date_day,
        count(*) as posts,
    {%- for measure in ['views', 'engagements'] %}
        sum(post_days.{{ measure }})::bigint as {{ measure }},
        count(post_days.{{ measure }}) as {{ measure }}_known
        {{- ',' if not loop.last }}
    {%- endfor %}
    from post_days
    inner join posts
        on
            post_days.platform = posts.platform
            and post_days.post_id = posts.post_id
    inner join collaborations on posts.collaboration_id = collaborations.collaboration_id
    group by
        collaborations.campaign_id,
        collaborations.influencer_id,
        post_days.platform,
        post_days.date_day

),

final as (

    select
        observed.campaign_id,
        observed.influencer_id,
        observed.platform,
        observed.date_day,
        observed.posts,
    {%- for measure in ['views', 'engagements'] %}
        observed.{{ measure }},
        -- a post may answer on the day on which it was found to be gone, or longer than it is followed
        {{ ratio(
            'observed.' ~ measure ~ '_known', 'greatest(expected.posts_expected, observed.posts)'
        ) }} as {{ measure }}_coverage
        {{- ',' if not loop.last }}
    {%- endfor %}
    from observed
    left join expected
        on
            observed.campaign_id = expected.campaign_id
            and observed.influencer_id = expected.influencer_id
            and observed.platform = expected.platform
            and observed.date_day = expected.date_day

)

select * from final
