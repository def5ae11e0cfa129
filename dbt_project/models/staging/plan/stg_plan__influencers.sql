with source as (

    {{ plan_rows('influencers') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "influencer_id": "VARCHAR",
                "name": "VARCHAR",
                "country": "VARCHAR",
                "category": "VARCHAR",
                "merged_into": "VARCHAR"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.influencer_id,
        parsed.line.merged_into,

        -- text
        parsed.line.name,
        parsed.line.country,
        parsed.line.category
    from parsed

)

select * from renamed
