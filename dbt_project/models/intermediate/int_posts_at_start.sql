-- One row per post: what was known of its account around publication. Made again are posts that are new or
-- described anew, and those so young that new counts of followers may speak of them.
{{ config(
    materialized='incremental', unique_key=['platform', 'post_id'],
    pre_hook=['{{ keep_last_build() }}', "{{ forget_posts('touched_posts') }}"],
    post_hook='{{ list_changed_posts() }}'
) }}
{% set weeks = followers_after_days() | int + 28 %}
with posts as (

    select
        posts.platform,
        posts.post_id,
        posts.account_id,
        posts.published_at
    from {{ ref('int_posts_owned') }} as posts
    where
        {{ is_post_listed('touched_posts', 'posts') }}
        or {{ is_touched('posts.published_at', ['followers'], days_before=followers_after_days()) }}

),

-- of accounts with such posts alone: there may be many without
recent_observations as (

    select
        observations.platform,
        observations.account_id,
        observations.followers,
        observations.observed_at
    from {{ ref('int_account_observations') }} as observations
    semi join posts
        on observations.platform = posts.platform and observations.account_id = posts.account_id
    where {{ is_touched('observations.observed_at', ['followers'], days_before=weeks) }}

),

-- where the last weeks do not tell how an account stood when a post came out, all its history is asked
silent as (

    select
        posts.platform,
        posts.account_id
    from posts
    anti join recent_observations as counts
        on
            posts.platform = counts.platform
            and posts.account_id = counts.account_id
            and posts.published_at > counts.observed_at
            and counts.followers is not null

),

observations as (

    select * from recent_observations
    union all
    select
        observations.platform,
        observations.account_id,
        observations.followers,
        observations.observed_at
    from {{ ref('int_account_observations') }} as observations
    semi join silent
        on observations.platform = silent.platform and observations.account_id = silent.account_id
    where {{ is_before_touched('observations.observed_at', ['followers'], days_before=weeks) }}

),

counts as (

    select * from observations
    where observations.followers is not null

),

first_observations as (

    select
        observations.platform,
        observations.account_id,
        min(observations.observed_at) as first_observed_at
    from observations
    group by observations.platform, observations.account_id

),

-- the last count at or before publication
with_followers_before as (

    select
        posts.*,
        -- DuckDB 1.5 joins the newest count to a post without a time once there are 64 of them
        case when posts.published_at is not null then counts.followers end as followers_before
    from posts
    asof left join counts
        on
            posts.platform = counts.platform
            and posts.account_id = counts.account_id
            and posts.published_at >= counts.observed_at

),

-- else the first one after it, when it is not long after
with_followers as (

    select
        with_followers_before.*,
        case
            when
                counts.observed_at
                <= with_followers_before.published_at + interval {{ followers_after_days() }} day
                then counts.followers
        end as followers_after
    from with_followers_before
    asof left join counts
        on
            with_followers_before.platform = counts.platform
            and with_followers_before.account_id = counts.account_id
            and with_followers_before.published_at < counts.observed_at

),

final as (

    select
        with_followers.platform,
        with_followers.post_id,
        with_followers.account_id,
        with_followers.published_at,
        coalesce(with_followers.followers_before, with_followers.followers_after) as followers_at_post,
        with_followers.followers_before is null and with_followers.followers_after is not null
            as is_followers_after_post,
        -- whether we were there to see it come out
        coalesce(first_observations.first_observed_at < with_followers.published_at, false)
            as is_seen_from_start
    from with_followers
    left join first_observations
        on
            with_followers.platform = first_observations.platform
            and with_followers.account_id = first_observations.account_id

)

select * from final
