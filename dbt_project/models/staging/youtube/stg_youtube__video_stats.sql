with source as (

    {{ accepted_rows('youtube', 'video_stats') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "snippet": {"publishTime": "VARCHAR"},
                "contentDetails": {"duration": "VARCHAR"},
                "statistics": {"viewCount": "VARCHAR", "likeCount": "VARCHAR", "commentCount": "VARCHAR"}
            }'
        ) as video
    from source

),

renamed as (

    select
        -- ids
        parsed.video.id as post_id,

        -- numerics
        {{ to_count('parsed.video.statistics.viewcount') }} as views,
        {{ to_count('parsed.video.statistics.likecount') }} as likes,
        {{ to_count('parsed.video.statistics.commentcount') }} as comments,
        {{ to_seconds('parsed.video.contentDetails.duration') }} as length_seconds,

        -- timestamps
        {{ to_utc('parsed.video.snippet.publishTime') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
