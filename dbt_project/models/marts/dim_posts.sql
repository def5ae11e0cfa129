-- One row per post.
{{ config(materialized='incremental', pre_hook=[
    '{{ keep_posts_before() }}', "{{ forget_posts('changed_posts') }}"
]) }}
with posts as (

    select * from {{ ref('int_posts_owned') }}
    where {{ is_post_listed('changed_posts') }}

),

matches as (

    select * from {{ ref('int_posts_matched') }}

),

starts as (

    select * from {{ ref('int_posts_at_start') }}

),

tiers as (

    select * from {{ ref('int_tiers') }}

),

final as (

    select
        posts.platform,
        posts.post_id,
        posts.account_id,
        posts.influencer_id,
        matches.collaboration_id,
        matches.match_rule,
        matches.match_candidates,
        case posts.is_public when true then 'public' when false then 'authenticated' end as basis,
        posts.post_type,
        posts.published_at,
        posts.published_on,
        starts.followers_at_post,
        starts.followers_rule,
        tiers.tier as tier_at_post,
        {{ is_disclosed('posts.is_labelled', 'posts.caption') }} as is_disclosed,
        posts.removed_on
    from posts
    left join starts
        on
            posts.platform = starts.platform
            and posts.post_id = starts.post_id
    left join matches
        on
            posts.platform = matches.platform
            and posts.post_id = matches.post_id
    left join tiers on {{ is_in_tier('starts.followers_at_post', 'tiers') }}

)

select * from final
