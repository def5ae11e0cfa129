with source as (

    {{ accepted_rows('tiktok_business', 'account_days') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{
                "date": "VARCHAR",
                "daily_total_followers": "VARCHAR",
                "daily_new_followers": "VARCHAR",
                "daily_lost_followers": "VARCHAR",
                "video_views": "VARCHAR",
                "unique_video_views": "VARCHAR",
                "profile_views": "VARCHAR",
                "likes": "VARCHAR",
                "comments": "VARCHAR",
                "shares": "VARCHAR",
                "engaged_audience": "VARCHAR",
                "bio_link_clicks": "VARCHAR"
            }'
        ) as metrics
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.account_id,

        -- numerics
        {{ to_count('parsed.metrics.daily_total_followers') }} as followers,
        {{ to_count('parsed.metrics.daily_new_followers') }} as followers_gained,
        {{ to_count('parsed.metrics.daily_lost_followers') }} as followers_lost,
        {{ to_count('parsed.metrics.video_views') }} as views,
        {{ to_count('parsed.metrics.unique_video_views') }} as reach,
        {{ to_count('parsed.metrics.profile_views') }} as profile_views,
        {{ to_count('parsed.metrics.likes') }} as likes,
        {{ to_count('parsed.metrics.comments') }} as comments,
        {{ to_count('parsed.metrics.shares') }} as shares,
        {{ to_count('parsed.metrics.engaged_audience') }} as accounts_engaged,
        {{ to_count('parsed.metrics.bio_link_clicks') }} as link_taps,

        -- dates: the vendor's days are UTC
        try_cast(parsed.metrics.date as date) as date_day,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
