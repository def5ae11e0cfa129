-- One row per post, to date; stories are left out.
{{ config(materialized='incremental', pre_hook=[
    '{{ list_compared_posts() }}', "{{ forget_posts('compared_posts') }}"
]) }}
{% set counters = ['views', 'reach', 'likes', 'comments', 'shares', 'saves', 'engagements'] %}
{#- the counters whose definition a counter depends on -#}
{% set defined_by = {'engagements': ['likes', 'comments', 'shares']} %}
with totals as (

    select * from {{ ref('int_post_totals') }}

),

posts as (

    select * from {{ ref('dim_posts') }}
    where
        post_type is distinct from 'story'
        and {{ is_near_compared_posts(ref('dim_posts'), 'published_at') }}

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

cost_lines as (

    select * from {{ ref('int_cost_lines') }}

),

epochs as (

    select * from {{ ref('metric_epochs') }}

),

changes as (

    select
        epochs.platform,
        list(
            struct_pack(
                metric := epochs.metric,
                starts_on := epochs.starts_on,
                settled_on := epochs.settled_on,
                metric_epoch := epochs.metric_epoch
            ) order by epochs.starts_on, epochs.metric_epoch
        ) as changes
    from epochs
    group by epochs.platform

),

boosted as (

    {{ boosted_deals('cost_lines') }}

),

described as (

    select
        posts.*,
        collaborations.campaign_id,
        totals.last_observed_on,
        coalesce(collaborations.influencer_id, posts.influencer_id) as owner_id,
        boosted.collaboration_id is not null as is_boosted,
        totals.engagements_on - posts.published_at::date as age_days,
        case
            when not {{ spans_a_change(
                'changes.changes', defined_by['engagements'],
                'posts.published_at::date', 'totals.engagements_at_week_on'
            ) }} then totals.engagements_at_week
        end as engagements_at_week,
        {%- for measure in ['views', 'engagements'] %}
            {{ epoch_of('changes.changes', defined_by.get(measure, [measure]), 'posts.published_at::date') }}
                as {{ measure }}_epoch,
        {%- endfor %}
    {%- for counter in counters %}
        totals.{{ counter }} as {{ counter }}_seen,
        -- a total that was counted in two ways is neither
        totals.{{ counter }} is not null and {{ spans_a_change(
            'changes.changes', defined_by.get(counter, [counter]),
            'posts.published_at::date', 'totals.' ~ counter ~ '_on'
        ) }} as is_{{ counter }}_break
        {{- ',' if not loop.last }}
    {%- endfor %}
    from posts
    left join totals
        on
            posts.platform = totals.platform
            and posts.post_id = totals.post_id
    left join collaborations on posts.collaboration_id = collaborations.collaboration_id
    left join boosted on posts.collaboration_id = boosted.collaboration_id
    left join changes on posts.platform = changes.platform

),

counted as (

    select
        described.*,
    {%- for counter in counters %}
        case when not described.is_{{ counter }}_break then described.{{ counter }}_seen end as {{ counter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from described

),

rated as (

    select
        counted.*,
        counted.likes + counted.comments as engagements_classic,
        {{ ratio('counted.engagements', 'counted.followers_at_post') }} as er_followers,
        coalesce(counted.age_days >= {{ mature_days() }}, false) as is_mature,
        {{ ratio('counted.engagements_at_week', 'counted.followers_at_post') }} as er_at_week,
        -- half an engagement more, so that a post without any has a logarithm too
        case
            when counted.followers_at_post > 0 and counted.engagements_at_week >= 0
                then ln((counted.engagements_at_week + 0.5) / counted.followers_at_post)
        end as log_rate
    from counted

),

organic as (

    select * from rated
    where
        rated.collaboration_id is null
        and rated.is_disclosed is not true
        and rated.er_at_week is not null

),

-- of each sponsored post: the same influencer's organic ones of the same kind before it, all at a week of age
baselines as (

    select
        rated.platform,
        rated.post_id,
        count(*) as baseline_posts,
        median(organic.er_at_week) as er_baseline,
        {{ exact_sum('organic.log_rate') }}::double as log_sum,
        {{ exact_sum('organic.log_rate * organic.log_rate') }}::double as log_squares
    from rated
    inner join organic
        on
            rated.owner_id = organic.owner_id
            and rated.platform = organic.platform
            and rated.post_type = organic.post_type
            and rated.basis is not distinct from organic.basis
            and rated.engagements_epoch is not distinct from organic.engagements_epoch
            and rated.published_at > organic.published_at
            and organic.published_at >= rated.published_at - interval {{ baseline_days() }} day
    where rated.campaign_id is not null
    group by rated.platform, rated.post_id

),

compared as (

    select
        rated.*,
        case when rated.campaign_id is not null then coalesce(baselines.baseline_posts, 0) end
            as baseline_posts,
        baselines.er_baseline,
        sqrt(greatest(
            baselines.log_squares - baselines.log_sum * baselines.log_sum / baselines.baseline_posts, 0
        ) / nullif(baselines.baseline_posts - 1, 0)) as baseline_spread,
        case
            when rated.campaign_id is null then 'organic'
            when rated.er_followers is null then 'rate_unknown'
            when rated.is_boosted then 'boosted'
            when rated.er_at_week is null and rated.age_days <= {{ mature_days() }} then 'too_young'
            when rated.er_at_week is null then 'not_read_at_a_week'
            when coalesce(baselines.baseline_posts, 0) < {{ baseline_posts_needed() }}
                then 'too_few_baseline_posts'
            when baselines.er_baseline = 0 then 'baseline_is_zero'
        end as not_compared_because
    from rated
    left join baselines
        on
            rated.platform = baselines.platform
            and rated.post_id = baselines.post_id

),

final as (

    select
        compared.platform,
        compared.post_id,
        compared.account_id,
        compared.owner_id as influencer_id,
        compared.collaboration_id,
        compared.campaign_id,
        compared.post_type,
        compared.published_at,
        compared.followers_at_post,
        compared.tier_at_post,
        compared.basis,
        compared.is_boosted,
        compared.last_observed_on,
        compared.age_days::integer as age_days,
        compared.is_mature,
        compared.views_epoch,
        compared.engagements_epoch,
        {% for counter in counters -%}
            compared.is_{{ counter }}_break
            {{- ' or ' if not loop.last }}
        {%- endfor %} as is_epoch_break,
        {%- for counter in counters %}
            compared.{{ counter }},
        {%- endfor %}
        compared.engagements_classic,
        compared.engagements_at_week,
        compared.er_followers,
        compared.baseline_posts,
        compared.er_baseline::decimal(18, 6) as er_baseline,
        compared.baseline_spread::decimal(18, 6) as baseline_spread,
        case
            when compared.not_compared_because is null
                then {{ ratio('compared.er_at_week', 'compared.er_baseline') }}
        end as er_vs_own_baseline,
        compared.not_compared_because
    from compared
    where {{ is_post_listed('compared_posts', 'compared') }}

)

select * from final
