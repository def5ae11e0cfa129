with source as (

    {{ plan_rows('costs') }}

),

parsed as (

    select
        source.fetch_id,
        from_json(
            source.payload,
            '{
                "cost_id": "VARCHAR",
                "collaboration_id": "VARCHAR",
                "cost_type": "VARCHAR",
                "amount": "VARCHAR",
                "currency_code": "VARCHAR",
                "incurred_on": "DATE",
                "paid_on": "DATE",
                "spread_from": "DATE",
                "spread_to": "DATE"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.cost_id,
        parsed.line.collaboration_id,

        -- text
        parsed.line.cost_type,

        -- numerics
        {{ to_money('parsed.line.amount') }} as cost_amount,
        parsed.line.currency_code,

        -- dates
        parsed.line.incurred_on,
        parsed.line.paid_on,
        parsed.line.spread_from,
        parsed.line.spread_to,

        -- where it came from
        parsed.fetch_id
    from parsed

)

select * from renamed
