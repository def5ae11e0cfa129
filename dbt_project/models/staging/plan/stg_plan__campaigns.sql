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
                "budget": "VARCHAR",
                "currency_code": "VARCHAR",
                "contribution_margin": "VARCHAR"
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
        {{ to_decimal('parsed.line.budget', 'decimal(18, 2)') }} as budget_amount,
        parsed.line.currency_code,
        {{ to_decimal('parsed.line.contribution_margin', 'decimal(9, 6)') }} as contribution_margin,

        -- dates
        parsed.line.starts_on,
        parsed.line.ends_on
    from parsed

)

select * from renamed
