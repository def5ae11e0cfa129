with source as (

    {{ accepted_rows('instagram_stories', 'stories') }}

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
                    "media_type": "VARCHAR",
                    "caption": "VARCHAR",
                    "permalink": "VARCHAR",
                    "timestamp": "VARCHAR"
                }]
            }'
        ).data) as story
    from source

),

renamed as (

    select
        -- ids
        parsed.story.id as post_id,
        parsed.asked.account_id,

        -- text
        parsed.story.media_type,
        parsed.story.caption,
        parsed.story.permalink,

        -- timestamps
        {{ to_utc('parsed.story."timestamp"') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
