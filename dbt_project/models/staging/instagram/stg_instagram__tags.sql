with source as (

    {{ accepted_rows('instagram', 'tags') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked,
        unnest(from_json(
            source.payload,
            '{
                "data": [{
                    "id": "VARCHAR",
                    "username": "VARCHAR",
                    "caption": "VARCHAR",
                    "media_type": "VARCHAR",
                    "permalink": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "like_count": "VARCHAR",
                    "comments_count": "VARCHAR"
                }]
            }'
        ).data) as tag
    from source

),

renamed as (

    select
        -- ids; the account is the one that was tagged
        parsed.tag.id as post_id,
        parsed.asked.account_id,

        -- text
        parsed.tag.username as author_handle,
        parsed.tag.caption,
        parsed.tag.media_type,
        parsed.tag.permalink,

        -- numerics
        {{ to_count('parsed.tag.like_count') }} as likes,
        {{ to_count('parsed.tag.comments_count') }} as comments,

        -- timestamps
        {{ to_utc('parsed.tag."timestamp"') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
