{#- Streams of Instagram in which the same objects come by different ways. -#}

{#- One row per account: the owner's own, a public one, or a candidate's with its newest posts. -#}
{% macro instagram_accounts(stream, are_posts_shown=false) -%}
with source as (

    {{ accepted_rows('instagram', stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "username": "VARCHAR",
                "followers_count": "VARCHAR"
                {%- if are_posts_shown %},
                "media": {
                    "data": [{
                        "caption": "VARCHAR",
                        "timestamp": "VARCHAR",
                        "like_count": "VARCHAR",
                        "comments_count": "VARCHAR"
                    }]
                }
                {%- endif %}
            }'
        ) as account
    from source

),

renamed as (

    select
        -- ids
        parsed.account.id as account_id,

        -- text
        parsed.account.username as handle,

        -- numerics
        {{ to_count('parsed.account.followers_count') }} as followers,

        {% if are_posts_shown -%}
        -- the newest posts, beside the account in one answer
        list_transform(
            parsed.account.media.data,
            lambda post: {
                'caption': post.caption,
                'published_at': {{ to_utc('post."timestamp"') }},
                'likes': {{ to_count('post.like_count') }},
                'comments': {{ to_count('post.comments_count') }}
            }
        ) as posts,

        {% endif -%}
        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
{%- endmacro %}

{#- One row per media of a list: the owner's own or the public one. -#}
{% macro instagram_media(stream) -%}
with source as (

    {{ accepted_rows('instagram', stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        source.context ->> '$.account_id' as account_id,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "caption": "VARCHAR",
                "media_type": "VARCHAR",
                "media_product_type": "VARCHAR",
                "timestamp": "VARCHAR",
                "like_count": "VARCHAR",
                "comments_count": "VARCHAR"
            }'
        ) as media
    from source

),

renamed as (

    select
        -- ids
        parsed.media.id as post_id,
        parsed.account_id,

        -- text
        parsed.media.caption,
        parsed.media.media_type,
        parsed.media.media_product_type,

        -- numerics
        {{ to_count('parsed.media.like_count') }} as likes,
        {{ to_count('parsed.media.comments_count') }} as comments,

        -- timestamps
        {{ to_utc('parsed.media."timestamp"') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
{%- endmacro %}

{#- One row per metric of a media or story, by its name. -#}
{% macro instagram_insights(source_name, stream) -%}
with source as (

    {{ accepted_rows(source_name, stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR", "media_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{"name": "VARCHAR", "values": [{"value": "VARCHAR"}], "total_value": {"value": "VARCHAR"}}'
        ) as insight
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.media_id as post_id,
        parsed.asked.account_id,

        -- text
        parsed.insight.name as metric,

        -- numerics; either spelling may stand alone, with a breakdown both are present and equal
        coalesce(
            {{ to_count('parsed.insight."values"[1]."value"') }},
            {{ to_count('parsed.insight.total_value."value"') }}
        ) as metric_value,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
{%- endmacro %}

{#-
Was `day` certain to be told of when it was read at `observed_at` (UTC)? Its figures come up to 48 hours after its end, which is no
later than noon of the next day (UTC) in any zone, and are kept for 90 days. Asked where an answer lists nothing at all.
-#}
{% macro is_told_of_instagram(day, observed_at) -%}
    {{ observed_at }} between {{ day }} + interval 84 hours and {{ day }} + interval 90 days
{%- endmacro %}
