with source as (

    {{ plan_rows('links') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "link_id": "VARCHAR",
                "collaboration_id": "VARCHAR",
                "utm_source": "VARCHAR",
                "utm_medium": "VARCHAR",
                "utm_campaign": "VARCHAR",
                "utm_content": "VARCHAR",
                "short_url": "VARCHAR"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.link_id,
        parsed.line.collaboration_id,

        -- text
        {{ normalise_utm("parsed.line.utm_source") }} as utm_source,
        {{ normalise_utm("parsed.line.utm_medium") }} as utm_medium,
        {{ normalise_utm("parsed.line.utm_campaign") }} as utm_campaign,
        {{ normalise_utm("parsed.line.utm_content") }} as utm_content,
        {{ bare_url("parsed.line.short_url") }} as short_url
    from parsed

)

select * from renamed
