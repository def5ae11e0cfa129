with source as (

    {{ plan_rows('accounts') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "owner_id": "VARCHAR",
                "platform": "VARCHAR",
                "account_id": "VARCHAR",
                "handle": "VARCHAR",
                "is_authorised": "BOOLEAN",
                "valid_from": "DATE",
                "valid_to": "DATE"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.platform,
        parsed.line.account_id,
        parsed.line.owner_id,

        -- text
        parsed.line.handle,

        -- booleans
        parsed.line.is_authorised,

        -- dates; both included, null = open
        parsed.line.valid_from,
        parsed.line.valid_to
    from parsed

)

select * from renamed
