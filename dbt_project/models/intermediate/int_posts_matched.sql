-- One row per post that a collaboration may claim: the one it belongs to, the rule that says so, and who
-- else might.
{{ config(materialized='incremental', pre_hook="{{ forget_posts('touched_posts') }}") }}
with posts as (

    select
        posts.*,
        {{ marked_words('posts.caption', '#') }} as hashtags,
        {{ marked_words('posts.caption', '@') }} as mentions,
        list_transform({{ words('posts.caption') }}, lambda word: upper(word)) as code_words,
        {{ is_disclosed('posts.is_labelled', 'posts.caption') }} as is_disclosed
    from {{ ref('int_posts_owned') }} as posts
    where {{ is_post_listed('touched_posts', 'posts') }}

),

explicit_posts as (

    select * from {{ ref('stg_plan__posts') }}

),

collaborations as (

    select
        collaborations.*,
        greatest(collaborations.ends_on, coalesce(collaborations.posts_due_on, collaborations.ends_on))
            as posts_until
    from {{ ref('stg_plan__collaborations') }} as collaborations

),

codes as (

    select
        codes.collaboration_id,
        list(codes.code) as codes
    from {{ ref('stg_plan__codes') }} as codes
    group by codes.collaboration_id

),

links as (

    select
        links.collaboration_id,
        -- what shows in a caption when the link stands there
        flatten(list(
            list_filter([links.short_url, 'utm_content=' || links.utm_content], lambda sign: sign is not null)
        )) as signs
    from {{ ref('stg_plan__links') }} as links
    group by links.collaboration_id

),

explicit_matches as (

    select
        posts.platform,
        posts.post_id,
        explicit_posts.collaboration_id,
        collaborations.starts_on,
        false as is_overdue,
        'explicit' as match_rule
    from posts
    inner join explicit_posts
        on posts.platform = explicit_posts.platform and posts.post_id = explicit_posts.post_id
    inner join collaborations on explicit_posts.collaboration_id = collaborations.collaboration_id

),

-- every deal of the influencer that took posts on the post's day, late ones included, and what in the
-- caption speaks for it
taking as (

    select
        posts.platform,
        posts.post_id,
        collaborations.collaboration_id,
        collaborations.starts_on,
        posts.published_on <= collaborations.ends_on as is_running,
        posts.published_on > collaborations.posts_until as is_overdue,
        -- paid for by somebody, and naming nobody else
        coalesce(posts.is_disclosed, false)
        and coalesce(len(posts.mentions), 0) = 0
        and coalesce(not contains(lower(posts.caption), 'http'), true) as is_paid_for_by_somebody,
        case
            when
                -- noqa: disable=RF02
                list_bool_or(list_transform(
                    links.signs,
                    lambda sign: {{ stands_in('sign', 'posts.caption') }}
                    or (starts_with(sign, 'utm_') and {{ stands_in('sign', 'lower(posts.caption)') }})
                ))
                -- noqa: enable=RF02
                then 'link'
            when list_has_any(posts.code_words, codes.codes) then 'code'
            when list_has_any(posts.hashtags, collaborations.hashtags) then 'hashtag'
            when list_has_any(posts.mentions, collaborations.mentions) then 'mention'
        end as match_rule
    from posts
    inner join collaborations
        on
            posts.influencer_id = collaborations.influencer_id
            and posts.published_on
            between collaborations.starts_on and collaborations.posts_until + {{ late_post_days() }}
    left join codes on collaborations.collaboration_id = codes.collaboration_id
    left join links on collaborations.collaboration_id = links.collaboration_id

),

-- the window speaks only where nothing else does, and not beyond the deal's own days
windowed as (

    select
        taking.platform,
        taking.post_id,
        taking.collaboration_id,
        taking.starts_on,
        taking.is_overdue,
        'date_window' as match_rule
    from taking
    left join explicit_matches
        on taking.platform = explicit_matches.platform and taking.post_id = explicit_matches.post_id
    where explicit_matches.post_id is null and taking.is_paid_for_by_somebody
    qualify
        taking.is_running
        and count(taking.match_rule) over (partition by taking.platform, taking.post_id) = 0

),

candidates as (

    select * from explicit_matches
    union all by name
    select * exclude (is_running, is_paid_for_by_somebody) from taking
    where taking.match_rule is not null
    union all by name
    select * from windowed

),

ranked as (

    select
        candidates.*,
        array_position(
            ['explicit', 'link', 'code', 'hashtag', 'mention', 'date_window'], candidates.match_rule
        ) as rule_place
    from candidates

),

-- a deal that is over is in question only by a firmer sign than those that are not
likely as (

    select * from ranked
    qualify
        not ranked.is_overdue
        or coalesce(ranked.rule_place < min(ranked.rule_place) filter (where not ranked.is_overdue) over (
            partition by ranked.platform, ranked.post_id
        ), true)

),

placed as (

    select
        likely.*,
        count(distinct likely.collaboration_id) over same_post as deals,
        row_number() over (
            partition by likely.platform, likely.post_id
            -- what a deal that still runs is named in is no late post of one that is over
            order by
                likely.is_overdue asc,
                likely.rule_place asc,
                likely.starts_on desc,
                likely.collaboration_id asc
        ) as place
    from likely
    window same_post as (partition by likely.platform, likely.post_id)

),

heard as (

    select
        placed.*,
        -- a window that two deals share speaks for neither
        placed.place = 1 and (placed.match_rule != 'date_window' or placed.deals = 1) as has_won
    from placed

),

final as (

    select
        heard.platform,
        heard.post_id,
        max(case when heard.has_won then heard.collaboration_id end) as collaboration_id,
        max(case when heard.has_won then heard.match_rule end) as match_rule,
        case
            when max(heard.deals) > 1
                then string_agg(
                    heard.collaboration_id || ' by ' || heard.match_rule, '; ' order by heard.place
                )
        end as match_candidates
    from heard
    group by heard.platform, heard.post_id

)

select * from final
