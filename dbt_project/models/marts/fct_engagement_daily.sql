-- One row per campaign, influencer, platform and day with an observation of a sponsored post or a tracked
-- link's count.
{{ config(materialized='incremental', meta={'clustered_by': 'date_day'}, pre_hook=[
    "{{ forget_touched_days(['posts', 'clicks']) }}",
    "{{ list_changed_deals(
        ref('dim_posts'), ref('dim_collaborations'), ref('int_links'),
        ref('int_post_totals'), ref('int_link_clicks'), ref('int_cost_lines')
    ) }}",
    "{{ forget_changed_deals() }}"
]) }}
{% set goes_on = this and is_incremental() %}
with posts as (

    select * from {{ ref('dim_posts') }}
    where collaboration_id is not null and post_type is distinct from 'story'

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

cost_lines as (

    select * from {{ ref('int_cost_lines') }}

),

links as (

    select * from {{ ref('int_links') }}
    where platform is not null

),

clicks as (

    select * from {{ ref('int_link_clicks') }}

),

boosted as (

    {{ boosted_deals('cost_lines') }}

),

changed as (

    {% if goes_on -%}
        select * from scratch.changed_deals
    {%- else -%}
        select
            null::varchar as campaign_id,
            null::varchar as influencer_id,
            null::varchar as platform,
            null::date as date_day
        where false
    {%- endif %}

),

-- boosted posts are not summed with others: beside these they leave
sponsored as (

    select
        posts.platform,
        posts.post_id,
        posts.published_at,
        posts.removed_on,
        collaborations.campaign_id,
        collaborations.influencer_id,
        boosted.collaboration_id is null
        or bool_and(boosted.collaboration_id is not null) over (
            partition by collaborations.campaign_id, collaborations.influencer_id, posts.platform
        ) as is_of_kind
    from posts
    inner join collaborations on posts.collaboration_id = collaborations.collaboration_id
    left join boosted on posts.collaboration_id = boosted.collaboration_id

),

post_days as (

    select
        post_days.platform,
        post_days.date_day,
        post_days.views,
        post_days.engagements,
        sponsored.campaign_id,
        sponsored.influencer_id,
        sponsored.is_of_kind
    from {{ ref('fct_post_engagement_daily') }} as post_days
    inner join sponsored
        on
            post_days.platform = sponsored.platform
            and post_days.post_id = sponsored.post_id
    where {{ is_touched('post_days.date_day', ['posts', 'clicks']) }}
    -- posts and links that came to a deal, or left it, change its earlier days too
    union all
    select
        post_days.platform,
        post_days.date_day,
        post_days.views,
        post_days.engagements,
        sponsored.campaign_id,
        sponsored.influencer_id,
        sponsored.is_of_kind
    from {{ ref('fct_post_engagement_daily') }} as post_days
    inner join sponsored
        on
            post_days.platform = sponsored.platform
            and post_days.post_id = sponsored.post_id
    semi join changed
        on
            post_days.date_day = changed.date_day
            and sponsored.campaign_id = changed.campaign_id
            and sponsored.influencer_id = changed.influencer_id
            and sponsored.platform = changed.platform
    where
        {{ is_before_touched('post_days.date_day', ['posts', 'clicks']) }}
        -- other days are skipped before they are joined
        and post_days.date_day in (select days.date_day from changed as days)

),

observed as (

    select
        post_days.campaign_id,
        post_days.influencer_id,
        post_days.platform,
        post_days.date_day,
        count(*) as posts,
    {%- for measure in ['views', 'engagements'] %}
        sum(post_days.{{ measure }}) filter (where post_days.is_of_kind)::bigint as {{ measure }},
        count(post_days.{{ measure }}) filter (where post_days.is_of_kind) as {{ measure }}_known
        {{- ',' if not loop.last }}
    {%- endfor %}
    from post_days
    group by
        post_days.campaign_id,
        post_days.influencer_id,
        post_days.platform,
        post_days.date_day

),

linked as (

    select
        links.campaign_id,
        links.influencer_id,
        links.platform,
        count(*) as links
    from links
    group by links.campaign_id, links.influencer_id, links.platform

),

-- clicks of a redirect and sessions on the site are two counts of one thing, never added
clicked as (

    select
        links.campaign_id,
        links.influencer_id,
        links.platform,
        clicks.date_day,
    {%- for measure, counted_by in [('link_clicks', 'bitly'), ('link_sessions', 'ga4')] %}
        sum(clicks.clicks) filter (where clicks.counted_by = '{{ counted_by }}')::bigint as {{ measure }},
        count(clicks.clicks) filter (where clicks.counted_by = '{{ counted_by }}') as {{ measure }}_known
        {{- ',' if not loop.last }}
    {%- endfor %}
    from clicks
    inner join links on clicks.link_id = links.link_id
    left join changed
        on
            links.campaign_id = changed.campaign_id
            and links.influencer_id = changed.influencer_id
            and links.platform = changed.platform
            and clicks.date_day = changed.date_day
    where
        {{ is_touched('clicks.date_day', ['posts', 'clicks']) }}
        or changed.platform is not null
    group by links.campaign_id, links.influencer_id, links.platform, clicks.date_day

),

joined as (

    select
        coalesce(observed.campaign_id, clicked.campaign_id) as campaign_id,
        coalesce(observed.influencer_id, clicked.influencer_id) as influencer_id,
        coalesce(observed.platform, clicked.platform) as platform,
        coalesce(observed.date_day, clicked.date_day) as date_day,
        observed.* exclude (campaign_id, influencer_id, platform, date_day),
        clicked.* exclude (campaign_id, influencer_id, platform, date_day)
    from observed
    full outer join clicked
        on
            observed.campaign_id = clicked.campaign_id
            and observed.influencer_id = clicked.influencer_id
            and observed.platform = clicked.platform
            and observed.date_day = clicked.date_day

),

-- what there was to observe: posts that were out, still followed, and not taken down
expected as (

    select
        joined.campaign_id,
        joined.influencer_id,
        joined.platform,
        joined.date_day,
        count(*) as posts_expected
    from joined
    inner join sponsored
        on
            joined.campaign_id = sponsored.campaign_id
            and joined.influencer_id = sponsored.influencer_id
            and joined.platform = sponsored.platform
            and joined.date_day >= sponsored.published_at::date
            and (sponsored.removed_on is null or joined.date_day < sponsored.removed_on)
    cross join settings
    where joined.date_day - sponsored.published_at::date <= settings.track_posts_days
    group by
        joined.campaign_id,
        joined.influencer_id,
        joined.platform,
        joined.date_day

),

final as (

    select
        joined.campaign_id,
        joined.influencer_id,
        joined.platform,
        joined.date_day,
        coalesce(joined.posts, 0) as posts,
        {%- for measure in ['views', 'engagements'] %}
            joined.{{ measure }},
            -- a post may answer on the day on which it was found to be gone, or longer than it is followed
            {{ ratio(
                'joined.' ~ measure ~ '_known', 'greatest(expected.posts_expected, joined.posts)'
            ) }} as {{ measure }}_coverage,
        {%- endfor %}
    {%- for measure in ['link_clicks', 'link_sessions'] %}
        joined.{{ measure }},
        {{ ratio('coalesce(joined.' ~ measure ~ '_known, 0)', 'linked.links') }} as {{ measure }}_coverage
        {{- ',' if not loop.last }}
    {%- endfor %}
    from joined
    left join expected
        on
            joined.campaign_id = expected.campaign_id
            and joined.influencer_id = expected.influencer_id
            and joined.platform = expected.platform
            and joined.date_day = expected.date_day
    left join linked
        on
            joined.campaign_id = linked.campaign_id
            and joined.influencer_id = linked.influencer_id
            and joined.platform = linked.platform

)

select * from final
