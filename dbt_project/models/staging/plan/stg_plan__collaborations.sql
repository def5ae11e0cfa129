with source as (

    {{ plan_rows('collaborations') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "collaboration_id": "VARCHAR",
                "campaign_id": "VARCHAR",
                "influencer_id": "VARCHAR",
                "starts_on": "DATE",
                "ends_on": "DATE",
                "commission_rate": "VARCHAR",
                "hashtags": "VARCHAR",
                "mentions": "VARCHAR",
                "posts_due": "VARCHAR",
                "posts_due_on": "DATE"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.collaboration_id,
        parsed.line.campaign_id,
        parsed.line.influencer_id,

        -- lists of bare lowercase words, however they were separated
        {{ words("parsed.line.hashtags") }} as hashtags,
        {{ words("parsed.line.mentions") }} as mentions,

        -- numerics
        {{ to_decimal('parsed.line.commission_rate', 'decimal(9, 6)') }} as commission_rate,
        try_cast({{ to_count('parsed.line.posts_due') }} as integer) as posts_due,

        -- dates
        parsed.line.starts_on,
        parsed.line.ends_on,
        parsed.line.posts_due_on
    from parsed

)

select * from renamed
