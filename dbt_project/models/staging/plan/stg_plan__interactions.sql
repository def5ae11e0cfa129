with source as (

    {{ plan_rows('interactions') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "interaction_id": "VARCHAR",
                "influencer_id": "VARCHAR",
                "happened_on": "DATE",
                "kind": "VARCHAR"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.interaction_id,
        parsed.line.influencer_id,

        -- text; the note is about a person, and no question needs it
        parsed.line.kind,

        -- dates
        parsed.line.happened_on
    from parsed

)

select * from renamed
