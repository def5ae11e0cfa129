-- One row per sponsored post: the collaboration it belongs to, and the rule that says so.
with posts as (

    select
        posts.*,
        {{ marked_words('posts.caption', '#') }} as hashtags,
        {{ marked_words('posts.caption', '@') }} as mentions,
        list_transform({{ words('posts.caption') }}, lambda word: upper(word)) as code_words
    from {{ ref('int_posts_owned') }} as posts

),

explicit_posts as (

    select * from {{ ref('stg_plan__posts') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

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
        'explicit' as match_rule
    from posts
    inner join explicit_posts
        on posts.platform = explicit_posts.platform and posts.post_id = explicit_posts.post_id
    inner join collaborations on explicit_posts.collaboration_id = collaborations.collaboration_id

),

caption_matches as (

    select
        posts.platform,
        posts.post_id,
        collaborations.collaboration_id,
        collaborations.starts_on,
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
            and posts.published_on between collaborations.starts_on and collaborations.ends_on
    left join codes on collaborations.collaboration_id = codes.collaboration_id
    left join links on collaborations.collaboration_id = links.collaboration_id

),

matches as (

    select * from explicit_matches
    union all
    select * from caption_matches
    where caption_matches.match_rule is not null

),

final as (

    select
        matches.platform,
        matches.post_id,
        matches.collaboration_id,
        matches.match_rule
    from matches
    qualify row_number() over (
        partition by matches.platform, matches.post_id
        order by
            array_position(['explicit', 'link', 'code', 'hashtag', 'mention'], matches.match_rule) asc,
            matches.starts_on desc,
            matches.collaboration_id asc
    ) = 1

)

select * from final
