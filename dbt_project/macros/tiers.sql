{#-
The ratio of each tier's rate to that of the tier `reference`, as CTEs over `cells` (scope, tier, platform, post_type,
influencer_id, posts, engagements, followers): `matched` has its two sums by scope and tier, `changes` how both
change when one influencer is left out, `posts_matched` the posts in it.
-#}
{% macro matched_ctes(cells, reference) -%}
strata as (

    select
        cells.scope,
        cells.tier,
        cells.platform,
        cells.post_type,
        {{ exact_sum('cells.engagements') }}::double as engagements,
        {{ exact_sum('cells.followers') }}::double as followers
    from {{ cells }} as cells
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
    inner join {{ cells }} as cells
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

posts_matched as (

    select
        changes.scope,
        changes.tier,
        sum(changes.posts)::bigint as posts,
        sum(changes.macro_posts)::bigint as macro_posts
    from changes
    group by changes.scope, changes.tier

)
{%- endmacro %}

{#- One side of a matched ratio: its engagements, weighted by the other side's share of the followers. -#}
{% macro matched_part(engagements, followers_of_other, followers) -%}
    coalesce({{ engagements }} * {{ followers_of_other }} / nullif({{ followers_of_other }} + {{ followers }}, 0), 0)
{%- endmacro %}

{#- The logarithm of a ratio of sums; null where a sum is not above 0. -#}
{% macro log_ratio(numerator, denominator) -%}
    ln(nullif(greatest({{ numerator }}, 0), 0) / nullif(greatest({{ denominator }}, 0), 0))
{%- endmacro %}

{#-
The interval of a ratio of sums by leaving out one influencer after the other, as CTEs over `left_out` (measure, scope,
tier, is_macro_side, weight, log_ratio: the logarithm without that one). `widths` has the factor by which
the ratio is divided and multiplied. An influencer's posts are one draw. Where a few large influencers make most of
a sum, it counts as so many of one size (Kish's effective number), in the variance as in the degrees of freedom.
-#}
{% macro jackknife_ctes(left_out) -%}
means as (

    select
        left_out.*,
        {{ exact_sum('left_out.log_ratio') }} over same_side::double
        / count(left_out.log_ratio) over same_side as mean_log_ratio
    from {{ left_out }} as left_out
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

)
{%- endmacro %}

{#- True when a count of followers lies in a tier; the lower bound belongs to it, the upper one does not. -#}
{% macro is_in_tier(followers, tier) -%}
    ({{ followers }} >= {{ tier }}.followers_from and {{ followers }} < {{ tier }}.followers_below)
{%- endmacro %}
