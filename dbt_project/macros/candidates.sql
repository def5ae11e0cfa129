{#- How candidates are scored: docs/relationships.md explains each number. -#}

{#- Parts of the score and what they weigh; the sum is 1. The first two must be known. -#}
{% macro candidate_weights() -%}
    {{ return({'engagement': 0.4, 'brand': 0.3, 'topic': 0.2, 'country': 0.1}) }}
{%- endmacro %}

{#- Days before the judgement in which engagement with the brand counts. -#}
{% macro engaged_days() -%} 90 {%- endmacro %}

{#- Newest posts that are looked at. -#}
{% macro candidate_posts() -%} 25 {%- endmacro %}

{#- Posts below which an engagement rate says nothing. -#}
{% macro fewest_er_posts() -%} 3 {%- endmacro %}

{#- The engagement rate that is worth half a point: the mean of 742 posts in the one dated study we know. -#}
{% macro typical_er() -%} 0.027 {%- endmacro %}

{#- Days with engagement that are worth half a point. -#}
{% macro typical_days_engaged() -%} 3 {%- endmacro %}

{#- Influencers below which the back-test gives no verdict: an interval of a correlation is then wider than 0.8. -#}
{% macro fewest_back_tested() -%} 20 {%- endmacro %}

{#- What the known parts of a row weigh together. -#}
{% macro known_weight(relation) -%}
    {%- for part, weight in candidate_weights().items() -%}
        {{ weight }} * ({{ relation }}.{{ part }}_score is not null)::integer {{- ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The sum of the known parts, each times its weight. -#}
{% macro weighed_parts(relation) -%}
    {%- for part, weight in candidate_weights().items() -%}
        coalesce({{ weight }} * {{ relation }}.{{ part }}_score, 0) {{- ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The newest row of each key of a staging model. -#}
{% macro newest_rows(model, key) -%}
    (
        select * from {{ ref(model) }}
        qualify row_number() over (partition by {{ key }} order by observed_at desc, fetch_id desc) = 1
    )
{%- endmacro %}

{#- One row per account that engaged with the brand, by its newest public profile, all platforms. -#}
{% macro profiles_of_candidates() -%}
    select
        'instagram' as platform,
        profiles.account_id,
        profiles.handle,
        null::varchar as country,
        profiles.followers,
        profiles.observed_at
    from {{ newest_rows('stg_instagram__candidates', 'account_id') }} as profiles
    union all
    select
        'youtube' as platform,
        profiles.account_id,
        profiles.handle,
        profiles.country,
        profiles.followers,
        profiles.observed_at
    from {{ newest_rows('stg_youtube__candidates', 'account_id') }} as profiles
{%- endmacro %}

{#- One row per post that such a profile showed. -#}
{% macro posts_of_candidates() -%}
    select
        'instagram' as platform,
        listed.account_id,
        listed.post.caption,
        listed.post.published_at,
        listed.post.likes,
        listed.post.comments,
        listed.observed_at
    from (
        select
            profiles.account_id,
            profiles.observed_at,
            unnest(profiles.posts) as post
        from {{ newest_rows('stg_instagram__candidates', 'account_id') }} as profiles
    ) as listed
    union all
    select
        'youtube' as platform,
        videos.account_id,
        videos.caption,
        videos.published_at,
        videos.likes,
        videos.comments,
        videos.observed_at
    from {{ newest_rows('stg_youtube__candidate_videos', 'post_id') }} as videos
{%- endmacro %}
