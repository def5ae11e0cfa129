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
                "contribution_margin": "VARCHAR",
                "attribution": {
                    "model": "VARCHAR",
                    "lookback_days": "VARCHAR",
                    "models": ["VARCHAR"],
                    "windows": ["VARCHAR"]
                },
                "return_window_days": "VARCHAR",
                "track_posts_days": "VARCHAR",
                "tiers": "MAP(VARCHAR, VARCHAR)",
                "retention": "MAP(VARCHAR, VARCHAR)"
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
        coalesce(parsed.line.attribution.model, 'last_touch') as attribution_model,

        -- numerics
        {{ to_decimal('parsed.line.contribution_margin', 'decimal(9, 6)') }} as contribution_margin,
        try_cast({{ to_count('parsed.line.attribution.lookback_days') }} as integer) as lookback_days,
        try_cast({{ to_count('parsed.line.return_window_days') }} as integer) as return_window_days,
        try_cast({{ to_count('parsed.line.track_posts_days') }} as integer) as track_posts_days,

        -- lists; null = the default alone
        parsed.line.attribution.models as attribution_models,
        list_transform(
            parsed.line.attribution.windows,
            lambda days: try_cast({{ to_count('days') }} as integer)
        ) as attribution_windows,

        -- tier -> lower bound of followers
        map_from_entries(
            list_transform(
                map_entries(parsed.line.tiers),
                lambda tier: {
                    'key': tier.key,
                    'value': {{ to_count('tier."value"') }}
                }
            )
        ) as tiers,

        -- source -> days that pages of accounts without authorisation are kept; none = the vendor's rule
        map_from_entries(
            list_transform(
                map_entries(parsed.line.retention),
                lambda kept: {
                    'key': kept.key,
                    'value': {{ to_count('kept."value"') }}
                }
            )
        ) as retention
    from parsed

)

select * from renamed
