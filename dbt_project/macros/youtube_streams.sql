{#- Streams of the YouTube Data API in which the same objects come by different ways. -#}

{#- One row per channel: the plan's, or a candidate's. -#}
{% macro youtube_channels(stream) -%}
with source as (

    {{ accepted_rows('youtube', stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "snippet": {"customUrl": "VARCHAR", "country": "VARCHAR"},
                "statistics": {"subscriberCount": "VARCHAR", "hiddenSubscriberCount": "BOOLEAN"}
            }'
        ) as channel
    from source

),

renamed as (

    select
        -- ids
        parsed.channel.id as account_id,

        -- text
        parsed.channel.snippet.customurl as handle,
        parsed.channel.snippet.country,

        -- numerics; a hidden count may still be sent as 0
        case
            when not coalesce(parsed.channel.statistics.hiddensubscribercount, false)
                then {{ to_count('parsed.channel.statistics.subscriberCount') }}
        end as followers,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
{%- endmacro %}

{#- One row per video: of the plan's channels, or of a candidate's, of which less is asked. -#}
{% macro youtube_videos(stream) -%}
with source as (

    {{ accepted_rows('youtube', stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "snippet": {
                    "publishedAt": "VARCHAR",
                    "channelId": "VARCHAR",
                    "title": "VARCHAR",
                    "description": "VARCHAR",
                    "liveBroadcastContent": "VARCHAR"
                },
                "contentDetails": {"duration": "VARCHAR"},
                "statistics": {"viewCount": "VARCHAR", "likeCount": "VARCHAR", "commentCount": "VARCHAR"},
                "paidProductPlacementDetails": {"hasPaidProductPlacement": "BOOLEAN"}
            }'
        ) as video
    from source

),

renamed as (

    select
        -- ids
        parsed.video.id as post_id,
        parsed.video.snippet.channelid as account_id,

        -- text
        nullif(concat_ws(' ', parsed.video.snippet.title, parsed.video.snippet.description), '')
            as caption,
        parsed.video.snippet.livebroadcastcontent as live_broadcast_content,

        -- numerics
        {{ to_count('parsed.video.statistics.viewCount') }} as views,
        {{ to_count('parsed.video.statistics.likeCount') }} as likes,
        {{ to_count('parsed.video.statistics.commentCount') }} as comments,
        {{ to_seconds('parsed.video.contentDetails.duration') }} as length_seconds,

        -- booleans
        parsed.video.paidproductplacementdetails.haspaidproductplacement as has_paid_product_placement,

        -- timestamps
        {{ to_utc('parsed.video.snippet.publishedAt') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
{%- endmacro %}
