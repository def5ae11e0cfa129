with source as (

    {{ accepted_rows('tiktok_business', 'videos') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{
                "item_id": "VARCHAR",
                "create_time": "VARCHAR",
                "caption": "VARCHAR",
                "is_ad": "BOOLEAN",
                "video_views": "VARCHAR",
                "likes": "VARCHAR",
                "comments": "VARCHAR",
                "shares": "VARCHAR",
                "favorites": "VARCHAR",
                "reach": "VARCHAR",
                "total_time_watched": "VARCHAR",
                "website_clicks": "VARCHAR"
            }'
        ) as video
    from source

),

renamed as (

    select
        -- ids
        parsed.video.item_id as post_id,
        parsed.asked.account_id,

        -- text
        nullif(parsed.video.caption, '') as caption,

        -- numerics; views are organic and paid together
        {{ to_count('parsed.video.video_views') }} as views,
        {{ to_count('parsed.video.likes') }} as likes,
        {{ to_count('parsed.video.comments') }} as comments,
        {{ to_count('parsed.video.shares') }} as shares,
        {{ to_count('parsed.video.favorites') }} as saves,
        {{ to_count('parsed.video.reach') }} as reach,
        {{ to_count('parsed.video.website_clicks') }} as link_taps,
        try_cast(parsed.video.total_time_watched as double) as seconds_watched,

        -- booleans
        parsed.video.is_ad,

        -- timestamps
        {{ from_unix_seconds('parsed.video.create_time') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
