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

earned as (

    select
        unnest(list_filter([deals.only_platform, 'all'], lambda scope: scope is not null)) as scope,
        deals.tier,
        deals.influencer_id,
        (returns.contribution + returns.cost)::double as margin_revenue,
        returns.cost::double as cost
    from deals
    inner join returns
        on
            deals.campaign_id = returns.campaign_id
            and deals.influencer_id = returns.influencer_id
    where returns.cost > 0 and returns.contribution is not null

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

strata as (

    select
        cells.scope,
        cells.tier,
        cells.platform,
        cells.post_type,
        {{ exact_sum('cells.engagements') }}::double as engagements,
        {{ exact_sum('cells.followers') }}::double as followers
    from cells
    group by cells.scope, cells.tier, cells.platform, cells.post_type

),

-- platform and content type by platform and content type, where both tiers have posts
pairs as (

    select
        strata.scope,
        strata.tier,
        strata.platform,
        strata.post_type,
        strata.engagements,
        strata.followers,
        macro.engagements as macro_engagements,
        macro.followers as macro_followers
    from strata
    inner join strata as macro
        on
            strata.scope = macro.scope
            and strata.platform = macro.platform
            and strata.post_type = macro.post_type
    where macro.tier = '{{ reference }}' and strata.tier != '{{ reference }}'

),

-- each side's part of every pair, by influencer; one who changed tier may have both
members as (

    select
        pairs.scope,
        pairs.tier,
        pairs.platform,
        pairs.post_type,
        cells.influencer_id,
        sum(cells.posts) filter (where cells.tier = pairs.tier) as posts,
        sum(cells.posts) filter (where cells.tier != pairs.tier) as macro_posts,
    {%- for measure in ['engagements', 'followers'] %}
        coalesce(sum(cells.{{ measure }}) filter (where cells.tier = pairs.tier), 0) as {{ measure }},
        coalesce(sum(cells.{{ measure }}) filter (where cells.tier != pairs.tier), 0) as macro_{{ measure }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from pairs
    inner join cells
        on
            pairs.scope = cells.scope
            and pairs.platform = cells.platform
            and pairs.post_type = cells.post_type
            and cells.tier in (pairs.tier, '{{ reference }}')
    group by pairs.scope, pairs.tier, pairs.platform, pairs.post_type, cells.influencer_id

),

-- Mantel and Haenszel (1959) over the pairs, with followers as the base
matched as (

    select
        pairs.scope,
        pairs.tier,
        {{ exact_sum(matched_part('pairs.engagements', 'pairs.macro_followers', 'pairs.followers')) }}::double
            as numerator,
        {{ exact_sum(matched_part('pairs.macro_engagements', 'pairs.followers', 'pairs.macro_followers')) }}::double
            as denominator
    from pairs
    group by pairs.scope, pairs.tier

),

-- the change of both sums when one influencer is left out
changes as (

    select
        members.scope,
        members.tier,
        members.influencer_id,
        coalesce(sum(members.posts), 0)::bigint as posts,
        coalesce(sum(members.macro_posts), 0)::bigint as macro_posts,
        {{ exact_sum('members.followers + members.macro_followers') }}::double as followers,
        {{ exact_sum(
            matched_part(
                '(pairs.engagements - members.engagements)',
                '(pairs.macro_followers - members.macro_followers)',
                '(pairs.followers - members.followers)'
            ) ~ ' - ' ~ matched_part('pairs.engagements', 'pairs.macro_followers', 'pairs.followers')
        ) }}::double as numerator,
        {{ exact_sum(
            matched_part(
                '(pairs.macro_engagements - members.macro_engagements)',
                '(pairs.followers - members.followers)',
                '(pairs.macro_followers - members.macro_followers)'
            ) ~ ' - ' ~ matched_part('pairs.macro_engagements', 'pairs.followers', 'pairs.macro_followers')
        ) }}::double as denominator
    from members
    inner join pairs
        on
            members.scope = pairs.scope
            and members.tier = pairs.tier
            and members.platform = pairs.platform
            and members.post_type = pairs.post_type
    group by members.scope, members.tier, members.influencer_id

),

-- every ratio's logarithm without one influencer, and how much that one weighs
left_out as (

    select
        parts.measure,
        parts.scope,
        parts.tier,
        false as is_macro_side,
        parts.denominator as weight,
        {{ log_ratio('sums.numerator - parts.numerator', 'sums.denominator - parts.denominator') }} as log_ratio
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

means as (

    select
        left_out.*,
        {{ exact_sum('left_out.log_ratio') }} over same_side::double
        / count(left_out.log_ratio) over same_side as mean_log_ratio
    from left_out
    window same_side as (
        partition by left_out.measure, left_out.scope, left_out.tier, left_out.is_macro_side
    )

),

-- the jackknife's variance of each side; `weights` is how many influencers of one size they are worth
sides as (

    select
        means.measure,
        means.scope,
        means.tier,
        means.is_macro_side,
        count(*) as influencers,
        count(*) = count(means.log_ratio) as is_whole,
        pow({{ exact_sum('means.weight') }}::double, 2) / {{ exact_sum('means.weight * means.weight') }}::double as weights,
        {{ exact_sum('pow(means.log_ratio - means.mean_log_ratio, 2)') }}::double as squares
    from means
    group by means.measure, means.scope, means.tier, means.is_macro_side

),

varied as (

    select
        sides.*,
        sides.squares * pow((sides.influencers - 1) / sides.influencers, 2) * sides.weights
        / nullif(sides.weights - 1, 0) as variance
    from sides

),

-- Welch and Satterthwaite for the degrees of freedom
joined as (

    select
        varied.measure,
        varied.scope,
        varied.tier,
        coalesce(sum(varied.influencers) filter (where not varied.is_macro_side), 0)::bigint as influencers,
        coalesce(sum(varied.influencers) filter (where varied.is_macro_side), 0)::bigint as macro_influencers,
        bool_and(varied.is_whole) as is_whole,
        sum(varied.variance) as variance,
        pow(sum(varied.variance), 2)
        / nullif(sum(pow(varied.variance, 2) / nullif(varied.weights - 1, 0)), 0) as degrees
    from varied
    group by varied.measure, varied.scope, varied.tier

),

widths as (

    select
        joined.*,
        exp({{ t_quantile('joined.degrees') }} * sqrt(joined.variance)) as factor
    from joined

),

posts_matched as (

    select
        changes.scope,
        changes.tier,
        sum(changes.posts)::bigint as posts,
        sum(changes.macro_posts)::bigint as macro_posts
    from changes
    group by changes.scope, changes.tier

),

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
            when known.roi_factor is null or known.returned <= 0 then 'one_carries_all'
        end as no_roi_interval_because,
        case
            when known.tier = '{{ reference }}' then 'is_macro'
            when not known.has_macro then 'no_macro_tier'
            when known.posts_compared = 0 then 'no_posts_alike'
            when known.influencers_compared < {{ influencers_to_compare() }} then 'too_few_influencers'
            when known.macro_influencers_compared < {{ influencers_to_compare() }} then 'too_few_macro_influencers'
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
    {%- for bound, operator in [('lo', '/'), ('hi', '*')] %}
        case
            when judged.no_er_interval_because is null
                then {{ ratio('judged.er_followers ' ~ operator ~ ' judged.er_factor', '1') }}
        end as er_followers_{{ bound }},
    {%- endfor %}
        judged.no_er_interval_because,
        judged.deals,
        {{ ratio('judged.returned', '1') }} - 1 as roi_margin,
    {%- for bound, operator in [('lo', '/'), ('hi', '*')] %}
        case
            when judged.no_roi_interval_because is null
                then {{ ratio('judged.returned ' ~ operator ~ ' judged.roi_factor', '1') }} - 1
        end as roi_margin_{{ bound }},
    {%- endfor %}
        judged.no_roi_interval_because,
        case when judged.no_ratio_because is null then {{ ratio('judged.ratio_to_macro', '1') }} end as ratio_to_macro,
    {%- for bound, operator in [('lo', '/'), ('hi', '*')] %}
        case
            when judged.no_ratio_because is null
                then {{ ratio('judged.ratio_to_macro ' ~ operator ~ ' judged.ratio_factor', '1') }}
        end as ratio_to_macro_{{ bound }},
    {%- endfor %}
        judged.influencers_compared,
        judged.macro_influencers_compared,
        judged.posts_compared,
        judged.macro_posts_compared,
        judged.no_ratio_because
    from judged

)

select * from final
