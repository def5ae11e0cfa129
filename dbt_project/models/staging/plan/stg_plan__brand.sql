with source as (

    {{ plan_rows('brand') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "name": "VARCHAR",
                "reporting_currency": "VARCHAR",
                "time_zone": "VARCHAR",
                "contribution_margin": "DECIMAL(9, 6)",
                "attribution": {"lookback_days": "INTEGER"},
                "return_window_days": "INTEGER",
                "track_posts_days": "INTEGER",
                "tiers": "MAP(VARCHAR, BIGINT)"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- text
        parsed.line.name as brand_name,
        parsed.line.reporting_currency,
        parsed.line.time_zone,

        -- numerics
        parsed.line.contribution_margin,
        parsed.line.attribution.lookback_days,
        parsed.line.return_window_days,
        parsed.line.track_posts_days,

        -- tier -> lower bound of followers
        parsed.line.tiers
    from parsed

)

select * from renamed
