with source as (

    {{ accepted_rows('tiktok', 'accounts') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{
                "display_name": "VARCHAR",
                "follower_count": "VARCHAR",
                "following_count": "VARCHAR",
                "likes_count": "VARCHAR",
                "video_count": "VARCHAR"
            }'
        ) as account
    from source

),

renamed as (

    select
        -- ids; the answer's open_id is the one that was asked for
        parsed.asked.account_id,

        -- text
        parsed.account.display_name as title,

        -- numerics
        {{ to_count('parsed.account.follower_count') }} as followers,
        {{ to_count('parsed.account.following_count') }} as follows,
        {{ to_count('parsed.account.likes_count') }} as likes_to_date,
        {{ to_count('parsed.account.video_count') }} as videos,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
