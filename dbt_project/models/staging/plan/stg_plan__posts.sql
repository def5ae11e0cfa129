with source as (

    {{ plan_rows('posts') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "platform": "VARCHAR",
                "post_id": "VARCHAR",
                "collaboration_id": "VARCHAR"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.platform,
        parsed.line.post_id,
        parsed.line.collaboration_id
    from parsed

)

select * from renamed
