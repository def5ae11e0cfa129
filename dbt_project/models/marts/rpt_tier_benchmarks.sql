-- One row per tier and platform with sponsored posts, and per tier over all platforms (platform = all).
{% set reference = 'macro' %}
with posts as (

    select * from {{ ref('fct_post_engagement') }}
    where campaign_id is not null and tier_at_post is not null

),

returns as (

    select * from {{ ref('rpt_influencer_roi') }}
    where is_default

),

tiers as (

    select * from {{ ref('int_tiers') }}

),

-- numbers of one kind and of one definition alone are held against each other
kinds as (

    select
        posts.platform,
        min(posts.basis) as basis,
        max_by(posts.engagements_epoch, (posts.published_at, posts.post_id)) as engagements_epoch
    from posts
    where posts.er_followers is not null and posts.is_mature and not posts.is_boosted
    group by posts.platform

),

rated as (

    select
        posts.*,
        unnest([posts.platform, 'all']) as scope
    from posts
    inner join kinds
        on
            posts.platform = kinds.platform
            and posts.basis is not distinct from kinds.basis
            and posts.engagements_epoch is not distinct from kinds.engagements_epoch
    where posts.er_followers is not null and posts.is_mature and not posts.is_boosted

),

-- an influencer's posts of one kind are one observation: they are not independent of each other
cells as (

    select
        rated.scope,
        rated.tier_at_post as tier,
        rated.platform,
        rated.post_type,
        rated.influencer_id,
        count(*) as posts,
        sum(rated.engagements)::double as engagements,
        sum(rated.followers_at_post)::double as followers
    from rated
    group by rated.scope, rated.tier_at_post, rated.platform, rated.post_type, rated.influencer_id

),

-- a deal's tier is that at its first post, its platform the only one that it has posts on
deals as (

    select
        posts.campaign_id,
        posts.influencer_id,
        min_by(posts.tier_at_post, (posts.published_at, posts.post_id)) as tier,
        case when count(distinct posts.platform) = 1 then min(posts.platform) end as only_platform
    from posts
    group by posts.campaign_id, posts.influencer_id

),

returned as (

    select
        unnest(if(deals.only_platform is null, ['all'], [deals.only_platform, 'all'])) as scope,
        deals.tier,
        deals.influencer_id,
        returns.orders,
        (returns.contribution + returns.cost)::double as margin_revenue,
        returns.cost::double as cost,
        coalesce(returns.cost > 0 and returns.contribution is not null, false) as is_known
    from deals
    left join returns
        on
            deals.campaign_id = returns.campaign_id
            and deals.influencer_id = returns.influencer_id

),

earned as (

    select * from returned
    where returned.is_known

),

sold as (

    select
        returned.scope,
        returned.tier,
        count(*) filter (where not returned.is_known) as deals_left_out,
        sum(returned.orders) filter (where returned.is_known) as orders
    from returned
    group by returned.scope, returned.tier

),

-- both ratios as sums over sums, by influencer
parts as (

    select
        'er_followers' as measure,
        cells.scope,
        cells.tier,
        cells.influencer_id,
        sum(cells.posts) as counted,
        {{ exact_sum('cells.engagements') }}::double as numerator,
        {{ exact_sum('cells.followers') }}::double as denominator
    from cells
    group by cells.scope, cells.tier, cells.influencer_id
    union all
    select
        'roi_margin' as measure,
        earned.scope,
        earned.tier,
        earned.influencer_id,
        count(*) as counted,
        {{ exact_sum('earned.margin_revenue') }}::double as numerator,
        {{ exact_sum('earned.cost') }}::double as denominator
    from earned
    group by earned.scope, earned.tier, earned.influencer_id

),

sums as (

    select
        parts.measure,
        parts.scope,
        parts.tier,
        count(*) as influencers,
        sum(parts.counted)::bigint as counted,
        {{ exact_sum('parts.numerator') }}::double as numerator,
        {{ exact_sum('parts.denominator') }}::double as denominator
    from parts
    group by parts.measure, parts.scope, parts.tier

),

-- posts alike are of one age too: engagements go on coming, and one tier's posts may be younger
cells_at_week as (

    select
        rated.scope,
        rated.tier_at_post as tier,
        rated.platform,
        rated.post_type,
        rated.influencer_id,
        count(*) as posts,
        sum(rated.engagements_at_week)::double as engagements,
        sum(rated.followers_at_post)::double as followers
    from rated
    where rated.engagements_at_week is not null
    group by rated.scope, rated.tier_at_post, rated.platform, rated.post_type, rated.influencer_id

),

{{ matched_ctes('cells_at_week', reference) }},

-- every ratio's logarithm without one influencer, and how much that one weighs
left_out as (

    select
        parts.measure,
        parts.scope,
        parts.tier,
        false as is_macro_side,
        parts.denominator as weight,
        {{ log_ratio('sums.numerator - parts.numerator', 'sums.denominator - parts.denominator') }}
            as log_ratio
    from parts
    inner join sums
        on
            parts.measure = sums.measure
            and parts.scope = sums.scope
            and parts.tier = sums.tier
    union all
    select
        'ratio_to_macro' as measure,
        changes.scope,
        changes.tier,
        changes.macro_posts > 0 as is_macro_side,
        changes.followers as weight,
        {{ log_ratio('matched.numerator + changes.numerator', 'matched.denominator + changes.denominator') }}
            as log_ratio
    from changes
    inner join matched
        on
            changes.scope = matched.scope
            and changes.tier = matched.tier

),

{{ jackknife_ctes('left_out') }},

rows_wanted as (

    select distinct
        posts.tier_at_post as tier,
        unnest([posts.platform, 'all']) as platform
    from posts

),

known as (

    select
        rows_wanted.tier,
        rows_wanted.platform,
        kinds.basis,
        coalesce(er_sums.influencers, 0) as influencers,
        coalesce(er_sums.counted, 0) as posts,
        case when rows_wanted.platform != 'all' then er_sums.numerator / nullif(er_sums.denominator, 0) end
            as er_followers,
        case when er_widths.is_whole then er_widths.factor end as er_factor,
        coalesce(roi_sums.influencers, 0) as roi_influencers,
        coalesce(roi_sums.counted, 0) as deals,
        coalesce(sold.deals_left_out, 0) as deals_left_out,
        coalesce(sold.orders, 0) as orders,
        roi_sums.numerator / nullif(roi_sums.denominator, 0) as returned,
        case when roi_widths.is_whole then roi_widths.factor end as roi_factor,
        matched.numerator / nullif(matched.denominator, 0) as ratio_to_macro,
        case when ratio_widths.is_whole then ratio_widths.factor end as ratio_factor,
        coalesce(ratio_widths.influencers, 0) as influencers_compared,
        coalesce(ratio_widths.macro_influencers, 0) as macro_influencers_compared,
        coalesce(posts_matched.posts, 0) as posts_compared,
        coalesce(posts_matched.macro_posts, 0) as macro_posts_compared,
        exists(
            select 1 from tiers
            where tiers.tier = '{{ reference }}'
        ) as has_macro
    from rows_wanted
    left join kinds on rows_wanted.platform = kinds.platform
    {%- for name, measure in [('er', 'er_followers'), ('roi', 'roi_margin')] %}
        left join sums as {{ name }}_sums
            on
                {{ name }}_sums.measure = '{{ measure }}'
                and rows_wanted.platform = {{ name }}_sums.scope
                and rows_wanted.tier = {{ name }}_sums.tier
    {%- endfor %}
    {%- for name, measure in [('er', 'er_followers'), ('roi', 'roi_margin'), ('ratio', 'ratio_to_macro')] %}
        left join widths as {{ name }}_widths
            on
                {{ name }}_widths.measure = '{{ measure }}'
                and rows_wanted.platform = {{ name }}_widths.scope
                and rows_wanted.tier = {{ name }}_widths.tier
    {%- endfor %}
    left join sold
        on
            rows_wanted.platform = sold.scope
            and rows_wanted.tier = sold.tier
    left join matched
        on
            rows_wanted.platform = matched.scope
            and rows_wanted.tier = matched.tier
    left join posts_matched
        on
            rows_wanted.platform = posts_matched.scope
            and rows_wanted.tier = posts_matched.tier

),

judged as (

    select
        known.*,
        case
            when known.platform = 'all' then 'platforms_differ'
            when known.posts = 0 then 'no_rate_known'
            when known.influencers < {{ influencers_to_compare() }} then 'too_few_influencers'
            when known.er_factor is null then 'one_carries_all'
        end as no_er_interval_because,
        case
            when known.deals = 0 then 'no_return_known'
            when known.roi_influencers < {{ influencers_to_compare() }} then 'too_few_influencers'
            when known.orders < {{ orders_to_rank() }} then 'too_few_orders'
            when known.roi_factor is null or known.returned <= 0 then 'one_carries_all'
        end as no_roi_interval_because,
        case
            when known.tier = '{{ reference }}' then 'is_macro'
            when not known.has_macro then 'no_macro_tier'
            when known.posts_compared = 0 then 'no_posts_alike'
            when known.influencers_compared < {{ influencers_to_compare() }} then 'too_few_influencers'
            when known.macro_influencers_compared < {{ influencers_to_compare() }}
                then 'too_few_macro_influencers'
            when known.ratio_factor is null or coalesce(known.ratio_to_macro, 0) <= 0 then 'one_carries_all'
        end as no_ratio_because
    from known

),

final as (

    select
        judged.tier,
        judged.platform,
        judged.basis,
        judged.influencers,
        judged.posts,
        {{ ratio('judged.er_followers', '1') }} as er_followers,
        {{ interval_around('judged', 'er_followers', 'judged.er_factor', 'no_er_interval_because') }},
        judged.no_er_interval_because,
        judged.deals,
        judged.deals_left_out,
        {{ ratio('judged.returned', '1') }} - 1 as roi_margin,
        {{ interval_around(
            'judged', 'returned', 'judged.roi_factor', 'no_roi_interval_because', 1, 'roi_margin'
        ) }},
        judged.no_roi_interval_because,
        case when judged.no_ratio_because is null then {{ ratio('judged.ratio_to_macro', '1') }} end
            as ratio_to_macro,
        {{ interval_around('judged', 'ratio_to_macro', 'judged.ratio_factor', 'no_ratio_because') }},
        judged.influencers_compared,
        judged.macro_influencers_compared,
        judged.posts_compared,
        judged.macro_posts_compared,
        judged.no_ratio_because
    from judged

)

select * from final
