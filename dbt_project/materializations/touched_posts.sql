{#-
Posts are made again where what is said of them may have changed since the last build, in the same way as orders
(touched_orders.sql). The lists in `scratch` are of platform and post_id:

- `touched_posts`: those of whom their platform says something else than in the last build, who came or went;
- `changed_posts`: and those of whose account something else is known at their start;
- `counted_posts`: those with counters on a touched day (touched_days.sql), now or in the last build;
- `compared_posts`: all of these, and whatever came out after the first of them, for a post is compared with earlier ones.

A plan that changed makes a full build, so what follows from a post and the plan alone needs no list.
-#}

{#- A condition on the post of a row of `rows`, true of all in a full build. -#}
{% macro is_post_listed(list, rows=none) -%}
    {%- set of = rows ~ '.' if rows -%}
    {%- if this and is_incremental() -%}
        ({{ of }}platform, {{ of }}post_id) in (select (platform, post_id) from scratch.{{ list }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- A hook before a model that is built by posts: the listed ones go, to be made again. -#}
{% macro forget_posts(list) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_post_listed(list) }}
    {%- endif -%}
{%- endmacro %}

{#- A hook before int_posts_owned, which holds all that the last build said of posts. -#}
{% macro list_touched_posts() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_posts as
        with now as (
            select * from {{ ref('int_posts_unioned') }}
        ),

        before as (
            select * exclude (published_on, owner_id, influencer_id) from {{ this }}
        )

        select distinct platform, post_id
        from ((from now except from before) union all (from before except from now))
    {%- endif -%}
{%- endmacro %}

{#- In int_posts_at_start: posts without a look after them so far, and those for which another one may have come. -#}
{% macro is_unsettled(posts) -%}
    {%- if this and is_incremental() -%}
        ({{ posts }}.platform, {{ posts }}.post_id) not in (
            select (platform, post_id) from {{ this }}
            where followers_settled_at < {{ first_touched_day(['followers']) }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- A hook after int_posts_at_start. -#}
{% macro list_changed_posts() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.changed_posts as
        from scratch.touched_posts
        union
        {{ keys_of_changed_rows(
            this, ['platform', 'post_id'],
            ['followers_at_post', 'followers_rule', 'is_seen_from_start']
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- Posts of whom int_post_totals knows another time of publication, which tells how old they were when read. -#}
{% macro redated_posts() -%}
    select totals.platform, totals.post_id
    from {{ this }} as totals
    left join {{ ref('int_posts_owned') }} as posts
        on totals.platform = posts.platform and totals.post_id = posts.post_id
    where
        (totals.platform, totals.post_id) in (select (platform, post_id) from scratch.touched_posts)
        and totals.published_at is distinct from posts.published_at
{%- endmacro %}

{#- Hooks before int_post_totals: which it counts, and where each of them stood before the touched days. -#}
{% macro list_counted_posts() -%}
    {%- if is_incremental() -%}
        {%- set touched = first_touched_day(['posts']) -%}
        create or replace table scratch.counted_posts as
        select platform, post_id from {{ ref('int_post_days_unioned') }} where date_day >= {{ touched }}
        union
        select platform, post_id from {{ this }} where last_observed_on >= {{ touched }}
        union
        {{ redated_posts() }}
    {%- endif -%}
{%- endmacro %}

{% macro keep_totals_before() -%}
    {%- if is_incremental() -%}
        {%- set touched = first_touched_day(['posts']) -%}
        {#- whose totals hold touched days: in most nights nobody's, and no days of old are read -#}
        {%- set recounted -%}
            select platform, post_id from {{ this }} where last_observed_on >= {{ touched }}
            union
            {{ redated_posts() }}
        {%- endset -%}
        create or replace table scratch.totals_before as
        with posts as (
            select * from {{ ref('int_posts_owned') }}
        ),

        recounted_days as (
            select * from {{ ref('int_post_days_unioned') }}
            where
                date_day >= {{ first_day_of_posts(this, recounted) }}
                and {{ is_before_touched('date_day', ['posts']) }}
                and (platform, post_id) in ({{ recounted }})
        ),

        recounted as (
            {{ days_as_totals('recounted_days', 'posts') }}
        )

        select * from {{ this }}
        where {{ is_post_listed('counted_posts') }} and (platform, post_id) not in ({{ recounted }})
        union all by name
        {{ sum_up_totals('recounted') }}
    {%- endif -%}
{%- endmacro %}

{#- Where posts stood before the touched days. -#}
{% macro totals_before() -%}
    select * from scratch.totals_before
{%- endmacro %}

{#- The first day on which any of these posts was observed, as a constant, so that what is older is skipped. -#}
{% macro first_day_of_posts(totals, posts) -%}
    {%- set sql -%}
        select min(first_observed_on)::varchar from {{ totals }} where (platform, post_id) in ({{ posts }})
    {%- endset -%}
    {%- set day = run_query(sql).columns[0].values()[0] if execute -%}
    {{ "'" ~ day ~ "'" if day else 'null' }}::date
{%- endmacro %}

{#- A hook before dim_posts: what it said of changed posts. -#}
{% macro keep_posts_before() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.posts_before as
        select * from {{ this }} where {{ is_post_listed('changed_posts') }}
    {%- endif -%}
{%- endmacro %}

{#-
Before fct_engagement_daily: campaign, influencer and platform of deals whose posts or links changed, and the days that
these may speak of: none before a post came out or was first seen. Where a deal is boosted, posts beside it are summed
or left out by whether there are others, so all its days are listed; so they are where a link changed.
-#}
{% macro list_changed_deals(posts, collaborations, links, totals, clicks, cost_lines) -%}
    {%- if is_incremental() -%}
        create or replace table scratch.changed_deals as
        with changed as (
            select platform, post_id, published_at, collaboration_id from scratch.posts_before
            union all
            select platform, post_id, published_at, collaboration_id from {{ posts }}
            where {{ is_post_listed('changed_posts') }}
        ),

        boosted as (
            select campaign_id, influencer_id from {{ collaborations }}
            where collaboration_id in ({{ boosted_deals(cost_lines) }})
        ),

        deals as (
            select
                collaborations.campaign_id,
                collaborations.influencer_id,
                changed.platform,
                case
                    when (collaborations.campaign_id, collaborations.influencer_id) not in (
                        select (campaign_id, influencer_id) from boosted
                    ) and changed.published_at is not null
                        then least(changed.published_at::date, totals.first_observed_on)
                end as since
            from changed
            inner join {{ collaborations }} as collaborations
                on changed.collaboration_id = collaborations.collaboration_id
            left join {{ totals }} as totals
                on changed.platform = totals.platform and changed.post_id = totals.post_id
            union all
            select *, null
            from ({{ keys_of_changed_rows(links, ['campaign_id', 'influencer_id', 'platform'], ['link_id']) }})
        ),

        known as (
            select min(first_observed_on) as first_day, max(last_observed_on) as last_day from {{ totals }}
            union all
            select min(date_day), max(date_day) from {{ clicks }}
        ),

        spans as (
            select min(first_day) as first_day, max(last_day) as last_day from known
        ),

        listed as (
            select
                campaign_id,
                influencer_id,
                platform,
                case when count(since) = count(*) then min(since) end as since
            from deals
            group by campaign_id, influencer_id, platform
        )

        select
            listed.campaign_id,
            listed.influencer_id,
            listed.platform,
            unnest(generate_series(
                coalesce(listed.since, spans.first_day), spans.last_day, interval 1 day
            ))::date as date_day
        from listed
        cross join spans
    {%- endif -%}
{%- endmacro %}

{#- These days of these deals are made again. -#}
{% macro forget_changed_deals() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            -- other days are skipped before a name is read
            date_day in (select date_day from scratch.changed_deals)
            and (campaign_id, influencer_id, platform, date_day) in (
                select (campaign_id, influencer_id, platform, date_day) from scratch.changed_deals
            )
    {%- endif -%}
{%- endmacro %}

{#- A hook before the days of posts: those of changed posts are made again from their first one on. -#}
{% macro forget_days_of_changed_posts(totals) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where date_day >= {{ first_day_of_changed_posts(totals) }} and {{ is_post_listed('changed_posts') }}
    {%- endif -%}
{%- endmacro %}

{% macro first_day_of_changed_posts(totals) -%}
    {{ first_day_of_posts(totals, 'select platform, post_id from scratch.changed_posts') }}
{%- endmacro %}

{#- A hook before fct_post_engagement. -#}
{% macro list_compared_posts() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.compared_posts as
        with changed as (
            from scratch.changed_posts union from scratch.counted_posts
        ),

        -- where a post stands, and where it stood
        known as (
            select platform, post_id, published_at from {{ ref('dim_posts') }}
            union all
            select platform, post_id, published_at from {{ this }}
        )

        from changed
        union
        select platform, post_id from known
        where published_at >= (
            select min(published_at) from known where (platform, post_id) in (select (platform, post_id) from changed)
        )
    {%- endif -%}
{%- endmacro %}

{#- Keeps them and what they are compared with. -#}
{% macro is_near_compared_posts(posts, published_at) -%}
    {%- if this and is_incremental() -%}
        (
            {{ is_post_listed('compared_posts') }}
            or {{ published_at }} >= (
                select min(published_at) from {{ posts }} where {{ is_post_listed('compared_posts') }}
            ) - interval {{ baseline_days() }} day
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
