-- One row per campaign, influencer and platform with sponsored posts, to date.
with post_days as (

    select * from {{ ref('fct_post_engagement_daily') }}

),

posts as (

    select * from {{ ref('dim_posts') }}
    where (influencer_id is not null or collaboration_id is not null) and post_type is distinct from 'story'

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

costs as (

    select * from {{ ref('int_costs_to_date') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

-- the last known total of each metric: not every night reads all of them
newest as (

    select
        post_days.platform,
        post_days.post_id,
        max_by(post_days.views_to_date, post_days.date_day) as views,
        max_by(post_days.reach_to_date, post_days.date_day) as reach,
        max_by(post_days.engagements_to_date, post_days.date_day) as engagements
    from post_days
    group by post_days.platform, post_days.post_id

),

measured as (

    select
        posts.platform,
        posts.post_id,
        posts.collaboration_id,
        posts.published_at,
        posts.followers_at_post,
        newest.views,
        newest.reach,
        newest.engagements,
        collaborations.campaign_id,
        coalesce(collaborations.influencer_id, posts.influencer_id) as influencer_id,
        newest.engagements / nullif(posts.followers_at_post, 0) as er_followers
    from posts
    left join newest
        on
            posts.platform = newest.platform
            and posts.post_id = newest.post_id
    left join collaborations on posts.collaboration_id = collaborations.collaboration_id

),

-- a deal's cost is carried by its posts in equal parts
sponsored as (

    select
        measured.*,
        case when costs.is_complete then costs.cost end
        / count(*) over (partition by measured.collaboration_id) as cost
    from measured
    left join costs on measured.collaboration_id = costs.collaboration_id
    where measured.campaign_id is not null

),

totals as (

    select
        sponsored.campaign_id,
        sponsored.influencer_id,
        sponsored.platform,
        count(*) as posts,
        max(sponsored.published_at) as last_published_at,
        sum(sponsored.views)::bigint as views,
        sum(sponsored.reach)::bigint as reach_post_summed,
        sum(sponsored.engagements)::bigint as engagements,
        count(sponsored.views) as posts_with_views,
        count(sponsored.reach) as posts_with_reach,
        count(sponsored.engagements) as posts_with_engagements,
        count(sponsored.er_followers) as posts_with_er_followers,
        median(sponsored.er_followers) as er_median,
        {%- for base in ['followers_at_post', 'reach', 'views'] %}
            sum(sponsored.engagements) filter (where sponsored.{{ base }} is not null)
                as engagements_over_{{ base }},
            sum(sponsored.{{ base }}) filter (where sponsored.engagements is not null) as {{ base }}_engaged,
        {%- endfor %}
    {%- for base in ['engagements', 'views', 'reach'] %}
        case
            when count(sponsored.cost) = count(*)
                then sum(sponsored.cost) filter (where sponsored.{{ base }} is not null)
        end as cost_over_{{ base }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from sponsored
    group by sponsored.campaign_id, sponsored.influencer_id, sponsored.platform

),

-- the influencer's own organic posts of the 90 days up to the last sponsored one
baselines as (

    select
        totals.campaign_id,
        totals.influencer_id,
        totals.platform,
        median(measured.er_followers) as er_baseline
    from totals
    inner join measured
        on
            totals.influencer_id = measured.influencer_id
            and totals.platform = measured.platform
            and totals.last_published_at >= measured.published_at
            and measured.published_at > totals.last_published_at - interval 90 day
    where measured.collaboration_id is null
    group by totals.campaign_id, totals.influencer_id, totals.platform

),

final as (

    select
        totals.campaign_id,
        totals.influencer_id,
        totals.platform,
        totals.posts,
        totals.views,
        totals.reach_post_summed,
        totals.engagements,
        {{ ratio('totals.engagements_over_followers_at_post', 'totals.followers_at_post_engaged') }}
            as er_followers,
        {{ ratio('totals.engagements_over_reach', 'totals.reach_engaged') }} as er_reach,
        {{ ratio('totals.engagements_over_views', 'totals.views_engaged') }} as er_views,
        totals.er_median::decimal(18, 6) as er_median,
        {{ ratio(
            ratio('totals.engagements_over_followers_at_post', 'totals.followers_at_post_engaged'),
            'baselines.er_baseline'
        ) }} as er_vs_own_baseline,
        {{ ratio('totals.posts_with_engagements', 'totals.posts') }} as coverage,
        {{ ratio('totals.posts_with_er_followers', 'totals.posts') }} as er_followers_coverage,
        {{ ratio('totals.posts_with_reach', 'totals.posts') }} as reach_coverage,
        {{ ratio('totals.posts_with_views', 'totals.posts') }} as views_coverage,
        {{ ratio('totals.cost_over_engagements', 'totals.engagements') }} as cpe,
        {{ ratio('1000 * totals.cost_over_reach', 'totals.reach_post_summed') }} as cpm_reach,
        {{ ratio('totals.cost_over_views', 'totals.views') }} as cpv,
        settings.reporting_currency as currency_code
    from totals
    cross join settings
    left join baselines
        on
            totals.campaign_id = baselines.campaign_id
            and totals.influencer_id = baselines.influencer_id
            and totals.platform = baselines.platform

)

select * from final
