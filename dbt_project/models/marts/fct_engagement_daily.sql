-- One row per campaign, influencer, platform and day with an observation of a sponsored post.
with post_days as (

    select * from {{ ref('fct_post_engagement_daily') }}

),

posts as (

    select * from {{ ref('dim_posts') }}
    where collaboration_id is not null

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

final as (

    select
        collaborations.campaign_id,
        collaborations.influencer_id,
        post_days.platform,
        post_days.date_day,
        count(*) as posts,
    {%- for measure in ['views', 'engagements'] %}
        sum(post_days.{{ measure }})::bigint as {{ measure }},
        {{ ratio('count(post_days.' ~ measure ~ ')', 'count(*)') }} as {{ measure }}_coverage
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

)

select * from final
