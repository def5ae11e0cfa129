with source as (

    {{ plan_rows('campaigns') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "campaign_id": "VARCHAR",
                "name": "VARCHAR",
                "objective": "VARCHAR",
                "starts_on": "DATE",
                "ends_on": "DATE",
                "budget": "DECIMAL(18, 2)",
                "currency_code": "VARCHAR",
                "contribution_margin": "DECIMAL(9, 6)"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.campaign_id,

        -- text
        parsed.line.name,
        parsed.line.objective,

        -- numerics
        parsed.line.budget as budget_amount,
        parsed.line.currency_code,
        parsed.line.contribution_margin,

        -- dates
        parsed.line.starts_on,
        parsed.line.ends_on
    from parsed

)

select * from renamed
