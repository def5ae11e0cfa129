with source as (

    {{ accepted_rows('instagram', 'discovery_media') }}

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
