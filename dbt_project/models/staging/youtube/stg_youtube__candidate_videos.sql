with source as (

    {{ accepted_rows('youtube', 'candidate_videos') }}

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
                    "description": "VARCHAR"
                },
                "statistics": {"likeCount": "VARCHAR", "commentCount": "VARCHAR"}
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

        -- numerics
        {{ to_count('parsed.video.statistics.likeCount') }} as likes,
        {{ to_count('parsed.video.statistics.commentCount') }} as comments,

        -- timestamps
        {{ to_utc('parsed.video.snippet.publishedAt') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
