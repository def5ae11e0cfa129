-- One row per post: what was known of its account around publication. Made again are posts that are new or
-- described anew, and those on which no count that came after them has settled.
{{ config(
    materialized='incremental', unique_key=['platform', 'post_id'],
    pre_hook=['{{ keep_last_build() }}', "{{ forget_posts('touched_posts') }}"],
    post_hook='{{ list_changed_posts() }}'
) }}
{% set weeks = followers_gap_days() | int + 7 %}
with posts as (

    select
        posts.platform,
        posts.post_id,
        posts.account_id,
        posts.published_at
    from {{ ref('int_posts_owned') }} as posts
    where
        {{ is_post_listed('touched_posts', 'posts') }}
        or (
            {{ is_touched('posts.published_at', ['followers'], days_before=followers_gap_days()) }}
            and {{ is_unsettled('posts') }}
        )

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
with_count_before as (

    select
        posts.*,
        counts.followers as followers_before,
        counts.observed_at as before_at
    from posts
    asof left join counts
        on
            posts.platform = counts.platform
            and posts.account_id = counts.account_id
            and posts.published_at >= counts.observed_at

),

-- and the first one after it
with_counts as (

    select
        with_count_before.*,
        counts.followers as followers_after,
        counts.observed_at as after_at
    from with_count_before
    asof left join counts
        on
            with_count_before.platform = counts.platform
            and with_count_before.account_id = counts.account_id
            and with_count_before.published_at < counts.observed_at

),

looked_at as (

    select
        with_counts.* replace (
            -- DuckDB 1.5 joins the newest count to a post without a time once there are 64 of them
            case when with_counts.published_at is not null then with_counts.before_at end as before_at,
            -- one that comes later still settles nothing
            case
                when
                    with_counts.after_at
                    <= with_counts.published_at + interval {{ followers_gap_days() }} day
                    then with_counts.after_at
            end as after_at
        )
    from with_counts

),

ruled as (

    select
        looked_at.*,
        case
            when looked_at.after_at <= looked_at.before_at + interval {{ followers_gap_days() }} day
                then 'between'
            when looked_at.before_at >= looked_at.published_at - interval {{ followers_alone_days() }} day
                then 'before'
            when looked_at.after_at <= looked_at.published_at + interval {{ followers_alone_days() }} day
                then 'after'
        end as followers_rule,
        (epoch_us(looked_at.published_at) - epoch_us(looked_at.before_at))
        / (epoch_us(looked_at.after_at) - epoch_us(looked_at.before_at)) as share_of_gap
    from looked_at

),

valued as (

    select
        ruled.*,
        ruled.followers_before
        + round((ruled.followers_after - ruled.followers_before) * ruled.share_of_gap)::bigint
            as followers_between
    from ruled

),

final as (

    select
        valued.platform,
        valued.post_id,
        valued.account_id,
        valued.published_at,
        case valued.followers_rule
            when 'between' then valued.followers_between
            when 'before' then valued.followers_before
            when 'after' then valued.followers_after
        end as followers_at_post,
        valued.followers_rule,
        -- what is newly known of days after this look's does not change the count
        valued.after_at as followers_settled_at,
        -- whether we were there to see it come out
        coalesce(first_observations.first_observed_at < valued.published_at, false)
            as is_seen_from_start
    from valued
    left join first_observations
        on
            valued.platform = first_observations.platform
            and valued.account_id = first_observations.account_id

)

select * from final
