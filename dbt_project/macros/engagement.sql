{#-
The report of engagement with one row per `grain`, from posts and links themselves; the last column of
`grain` is the platform. What cannot stand in one sum does not: a row speaks of one kind of numbers (told by the
owner's authorisation before what anybody sees; not boosted before boosted) and of one definition of
each metric, that of its newest post. A post of another kind counts in `posts` alone and lowers the coverage.
-#}
{% macro engagement_report(grain) -%}
{%- set counters = ['views', 'reach', 'likes', 'comments', 'shares', 'saves', 'engagements'] -%}
{%- set bases = {'followers_at_post': 'followers', 'reach': 'reach', 'views': 'views'} -%}
with posts as (

    select * from {{ ref('fct_post_engagement') }}
    where campaign_id is not null

),

links as (

    select * from {{ ref('int_links') }}

),

clicks as (

    select * from {{ ref('int_link_clicks') }}

),

costs as (

    select * from {{ ref('int_costs_to_date') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

kinds as (

    select
        {{ columns_of('posts', grain) }},
        min(posts.basis) as basis,
        bool_and(posts.is_boosted) as is_boosted,
        {%- for measure in ['views', 'engagements'] %}
            max_by(posts.{{ measure }}_epoch, (posts.published_at, posts.post_id)) as {{ measure }}_epoch
            {{- ',' if not loop.last }}
        {%- endfor %}
    from posts
    group by {{ columns_of('posts', grain) }}

),

-- a deal's cost is carried by its posts in equal parts
carried as (

    select
        posts.*,
        case when costs.is_complete then costs.cost end
        / count(*) over (partition by posts.collaboration_id) as cost,
        kinds.basis as row_basis,
        kinds.is_boosted as is_row_boosted,
        kinds.views_epoch as row_views_epoch,
        coalesce(posts.basis = kinds.basis and posts.is_boosted = kinds.is_boosted, false) as is_of_kind,
        coalesce(posts.views_epoch, '') = coalesce(kinds.views_epoch, '') as is_in_views_epoch,
        coalesce(posts.engagements_epoch, '') = coalesce(kinds.engagements_epoch, '') as is_in_engagements_epoch
    from posts
    inner join kinds on {{ same_columns('posts', 'kinds', grain) }}
    left join costs on posts.collaboration_id = costs.collaboration_id

),

scoped as (

    select
        carried.* replace (
            {%- for counter in counters + ['engagements_classic', 'er_followers', 'er_vs_own_baseline'] %}
            case
                when
                    carried.is_of_kind
                    {%- if counter == 'views' %} and carried.is_in_views_epoch{% endif %}
                    {%- if counter != 'views' and counter != 'reach' %} and carried.is_in_engagements_epoch{% endif %}
                    then carried.{{ counter }}
            end as {{ counter }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
    from carried

),

-- what the sponsored posts would have got at their baselines' rates
expected as (

    select
        scoped.*,
        case when scoped.er_vs_own_baseline is not null then scoped.er_baseline * scoped.followers_at_post end
            as engagements_expected
    from scoped

),

totals as (

    select
        {{ columns_of('expected', grain) }},
        count(*) as posts,
        any_value(expected.row_basis) as basis,
        any_value(expected.is_row_boosted) as is_boosted,
        any_value(expected.row_views_epoch) as views_epoch,
        {%- for counter in counters %}
            sum(expected.{{ counter }})::bigint as {{ counter }},
            count(expected.{{ counter }}) as posts_with_{{ counter }},
        {%- endfor %}
        sum(expected.engagements_classic)::bigint as engagements_classic,
        -- null where a part is missing
        case
            when count(expected.likes + expected.comments + expected.shares + expected.saves) = count(*)
                then sum(expected.likes + expected.comments + expected.shares + expected.saves)
        end::bigint as engagements_on_posts,
        count(expected.er_followers) as posts_with_er_followers,
        {{ exact_sum('expected.er_followers') }} / count(expected.er_followers) as er_mean_of_posts,
        median(expected.er_followers) as er_median,
        {%- for base in bases %}
            sum(expected.engagements) filter (where expected.{{ base }} is not null)
                as engagements_over_{{ base }},
            sum(expected.{{ base }}) filter (where expected.engagements is not null) as {{ base }}_engaged,
        {%- endfor %}
        {%- for base in ['engagements', 'views', 'reach'] %}
            case
                when count(expected.cost) = count(*)
                    then {{ exact_sum('expected.cost') }} filter (where expected.{{ base }} is not null)
            end as cost_over_{{ base }},
        {%- endfor %}
        count(expected.engagements_expected) as posts_compared,
        min(expected.baseline_posts) filter (where expected.engagements_expected is not null) as baseline_posts,
        sum(expected.engagements_at_week) filter (where expected.engagements_expected is not null)
            as engagements_compared,
        sum(expected.engagements_expected) as engagements_expected,
        {{ exact_sum('pow(expected.engagements_expected, 2)') }}::double as expected_squares,
        {{ exact_sum('(expected.baseline_posts - 1) * pow(expected.baseline_spread, 2)') }} filter (
            where expected.engagements_expected is not null
        )::double
        / nullif(
            sum(expected.baseline_posts - 1) filter (where expected.engagements_expected is not null), 0
        ) as baseline_variance,
        -- the reason that most posts have
        mode(expected.not_compared_because order by expected.not_compared_because) as not_compared_because
    from expected
    group by {{ columns_of('expected', grain) }}

),

bounded as (

    select
        totals.*,
        totals.expected_squares / nullif(pow(totals.engagements_expected::double, 2), 0) as concentration
    from totals

),

-- log scale: the luck of the sponsored posts, and that of the median of the baseline
spread_out as (

    select
        bounded.*,
        {{ t_quantile('bounded.baseline_posts - 1') }} * sqrt(
            bounded.baseline_variance * (bounded.concentration + pi() / 2 / bounded.baseline_posts)
        ) as half_width,
        -- a mean of several posts lies above their median, the further the wider they spread
        bounded.baseline_variance / 2 * (1 - bounded.concentration) as mean_over_median
    from bounded

),

clicked as (

    select
        clicks.link_id,
        sum(clicks.clicks) filter (where clicks.counted_by = 'bitly') as link_clicks,
        sum(clicks.clicks) filter (where clicks.counted_by = 'ga4') as link_sessions
    from clicks
    group by clicks.link_id

),

linked as (

    select
        {{ columns_of('links', grain) }},
        count(*) as links,
        count(clicked.link_clicks) as links_with_clicks,
        count(clicked.link_sessions) as links_with_sessions,
        sum(clicked.link_clicks)::bigint as link_clicks,
        sum(clicked.link_sessions)::bigint as link_sessions
    from links
    left join clicked on links.link_id = clicked.link_id
    where links.platform is not null
    group by {{ columns_of('links', grain) }}

),

clicked_deals as (

    select distinct links.collaboration_id, links.platform
    from links
    inner join clicked on links.link_id = clicked.link_id
    where clicked.link_clicks is not null

),

-- only deals whose clicks are known carry cost to a click
click_costs as (

    select
        {{ columns_of('carried', grain) }},
        case when count(carried.cost) = count(*) then {{ exact_sum('carried.cost') }} end as cost_over_clicks
    from carried
    inner join clicked_deals
        on carried.collaboration_id = clicked_deals.collaboration_id
        and carried.platform = clicked_deals.platform
    group by {{ columns_of('carried', grain) }}

),

final as (

    select
        {{ columns_of('spread_out', grain) }},
        spread_out.basis,
        spread_out.is_boosted,
        spread_out.posts,
        spread_out.views,
        spread_out.views_epoch,
        spread_out.reach as reach_post_summed,
        spread_out.likes,
        spread_out.comments,
        spread_out.shares,
        spread_out.saves,
        linked.link_clicks,
        linked.link_sessions,
        spread_out.engagements,
        spread_out.engagements_classic,
        spread_out.engagements_on_posts + linked.link_clicks as engagements_full,
        {%- for base, name in bases.items() %}
            {{ ratio('spread_out.engagements_over_' ~ base, 'spread_out.' ~ base ~ '_engaged') }} as er_{{ name }},
        {%- endfor %}
        spread_out.er_mean_of_posts::decimal(18, 6) as er_mean_of_posts,
        spread_out.er_median::decimal(18, 6) as er_median,
        {{ ratio('spread_out.engagements_compared', 'spread_out.engagements_expected') }} as er_vs_own_baseline,
        {%- for bound, sign in [('lo', '-'), ('hi', '+')] %}
            {{ ratio(
                'spread_out.engagements_compared * exp(- spread_out.mean_over_median ' ~ sign ~ ' spread_out.half_width)',
                'spread_out.engagements_expected'
            ) }} as er_vs_own_baseline_{{ bound }},
        {%- endfor %}
        spread_out.posts_compared as baseline_posts_compared,
        spread_out.baseline_posts,
        case when spread_out.posts_compared = 0 then spread_out.not_compared_because end as not_compared_because,
        {{ ratio('spread_out.posts_with_engagements', 'spread_out.posts') }} as coverage,
        {{ ratio('spread_out.posts_with_er_followers', 'spread_out.posts') }} as er_followers_coverage,
        {%- for counter in ['views', 'reach', 'likes', 'comments', 'shares', 'saves'] %}
            {{ ratio('spread_out.posts_with_' ~ counter, 'spread_out.posts') }} as {{ counter }}_coverage,
        {%- endfor %}
        {{ ratio('linked.links_with_clicks', 'linked.links') }} as link_clicks_coverage,
        {{ ratio('linked.links_with_sessions', 'linked.links') }} as link_sessions_coverage,
        {{ ratio('spread_out.cost_over_engagements', 'spread_out.engagements') }} as cpe,
        {{ ratio('1000 * spread_out.cost_over_reach', 'spread_out.reach') }} as cpm_reach,
        {{ ratio('1000 * spread_out.cost_over_views', 'spread_out.views') }} as cpm_views,
        {{ ratio('spread_out.cost_over_views', 'spread_out.views') }} as cpv,
        {{ ratio('click_costs.cost_over_clicks', 'linked.link_clicks') }} as cpc,
        settings.reporting_currency as currency_code
    from spread_out
    cross join settings
    left join linked on {{ same_columns('spread_out', 'linked', grain) }}
    left join click_costs on {{ same_columns('spread_out', 'click_costs', grain) }}

)

select * from final
{%- endmacro %}

{#- Deals that pay for showing their posts to more people; no source tells the paid part of a counter. -#}
{% macro boosted_deals(cost_lines) -%}
    select distinct {{ cost_lines }}.collaboration_id
    from {{ cost_lines }}
    where {{ cost_lines }}.cost_type = 'boost'
{%- endmacro %}

{#- Each day of a post as the totals that it alone would make; `posts` tell when it came out. -#}
{% macro days_as_totals(days, posts) -%}
    {%- set counters = ['views', 'reach', 'likes', 'comments', 'shares', 'saves', 'engagements'] %}
    select
        {{ days }}.platform,
        {{ days }}.post_id,
        {{ days }}.date_day as first_observed_on,
        {{ days }}.date_day as last_observed_on,
    {%- for counter in counters %}
        {{ days }}.{{ counter }},
        case when {{ days }}.{{ counter }} is not null then {{ days }}.date_day end as {{ counter }}_on,
    {%- endfor %}
        {{ posts }}.published_at,
        case when {{ is_read_at_week(days, posts) }} then {{ days }}.engagements end as engagements_at_week,
        case when {{ is_read_at_week(days, posts) }} then {{ days }}.date_day end as engagements_at_week_on
    from {{ days }}
    left join {{ posts }}
        on
            {{ days }}.platform = {{ posts }}.platform
            and {{ days }}.post_id = {{ posts }}.post_id
{%- endmacro %}

{#- Whether a day tells a post's engagements at the age at which posts are compared. -#}
{% macro is_read_at_week(days, posts) -%}
    {{ days }}.engagements is not null
    and {{ days }}.observed_at >= {{ posts }}.published_at + interval {{ mature_days() }} day
    and {{ days }}.observed_at < {{ posts }}.published_at + interval {{ week_ends_days() }} day
{%- endmacro %}

{#-
One row per post of totals that speak of different days: since when and until when, the last known of each, and the
first engagements at a week of age.
-#}
{% macro sum_up_totals(totals) -%}
    {%- set counters = ['views', 'reach', 'likes', 'comments', 'shares', 'saves', 'engagements'] %}
    select
        {{ totals }}.platform,
        {{ totals }}.post_id,
        min({{ totals }}.first_observed_on) as first_observed_on,
        max({{ totals }}.last_observed_on) as last_observed_on,
    {%- for counter in counters %}
        max_by({{ totals }}.{{ counter }}, {{ totals }}.{{ counter }}_on) filter (
            where {{ totals }}.{{ counter }} is not null
        ) as {{ counter }},
        max({{ totals }}.{{ counter }}_on) as {{ counter }}_on,
    {%- endfor %}
        max({{ totals }}.published_at) as published_at,
        min_by({{ totals }}.engagements_at_week, {{ totals }}.engagements_at_week_on) as engagements_at_week,
        min({{ totals }}.engagements_at_week_on) as engagements_at_week_on
    from {{ totals }}
    group by {{ totals }}.platform, {{ totals }}.post_id
{%- endmacro %}
