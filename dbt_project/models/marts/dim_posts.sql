-- One row per post.
with posts as (

    select * from {{ ref('int_posts_owned') }}

),

matches as (

    select * from {{ ref('int_posts_matched') }}

),

followers as (

    select * from {{ ref('int_account_observations') }}
    where followers is not null

),

tiers as (

    select * from {{ ref('int_tiers') }}

),

-- the last count at or before publication
with_followers_before as (

    select
        posts.*,
        followers.followers as followers_before
    from posts
    asof left join followers
        on
            posts.platform = followers.platform
            and posts.account_id = followers.account_id
            and posts.published_at >= followers.observed_at

),

-- else the first one after it, when it is not long after
with_followers as (

    select
        with_followers_before.*,
        case
            when followers.observed_at <= with_followers_before.published_at + interval 7 day
                then followers.followers
        end as followers_after
    from with_followers_before
    asof left join followers
        on
            with_followers_before.platform = followers.platform
            and with_followers_before.account_id = followers.account_id
            and with_followers_before.published_at < followers.observed_at

),

final as (

    select
        with_followers.platform,
        with_followers.post_id,
        with_followers.account_id,
        with_followers.influencer_id,
        matches.collaboration_id,
        matches.match_rule,
        matches.match_candidates,
        case with_followers.is_public when true then 'public' when false then 'authenticated' end as basis,
        with_followers.post_type,
        with_followers.published_at,
        with_followers.published_on,
        coalesce(with_followers.followers_before, with_followers.followers_after) as followers_at_post,
        with_followers.followers_before is null and with_followers.followers_after is not null
            as is_followers_after_post,
        tiers.tier as tier_at_post,
        {{ is_disclosed('with_followers.is_labelled', 'with_followers.caption') }} as is_disclosed,
        with_followers.removed_on
    from with_followers
    left join matches
        on
            with_followers.platform = matches.platform
            and with_followers.post_id = matches.post_id
    left join tiers
        on
            coalesce(with_followers.followers_before, with_followers.followers_after) >= tiers.followers_from
            and coalesce(with_followers.followers_before, with_followers.followers_after)
            < tiers.followers_below

)

select * from final
