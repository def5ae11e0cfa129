with source as (

    {{ accepted_rows('tiktok', 'videos') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "create_time": "VARCHAR",
                "title": "VARCHAR",
                "video_description": "VARCHAR",
                "duration": "VARCHAR",
                "view_count": "VARCHAR",
                "like_count": "VARCHAR",
                "comment_count": "VARCHAR",
                "share_count": "VARCHAR"
            }'
        ) as video
    from source

),

renamed as (

    select
        -- ids
        parsed.video.id as post_id,
        parsed.asked.account_id,

        -- text
        nullif(concat_ws(' ', nullif(parsed.video.title, ''), parsed.video.video_description), '')
            as caption,

        -- numerics
        {{ to_count('parsed.video.view_count') }} as views,
        {{ to_count('parsed.video.like_count') }} as likes,
        {{ to_count('parsed.video.comment_count') }} as comments,
        {{ to_count('parsed.video.share_count') }} as shares,
        {{ to_count('parsed.video.duration') }} as duration_seconds,

        -- timestamps
        {{ from_unix_seconds('parsed.video.create_time') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
