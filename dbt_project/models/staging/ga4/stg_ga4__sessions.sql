-- One row per property, day, utm parameters of the session and observation. Values are found by the
-- names in the page's headers, never by their place.
with source as (

    {{ accepted_rows('ga4', 'sessions') }}

),

pages as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"property": "VARCHAR"}').property as property_id,
        from_json(
            source.payload,
            '{
                "dimensionHeaders": [{"name": "VARCHAR"}],
                "metricHeaders": [{"name": "VARCHAR"}],
                "rows": [{
                    "dimensionValues": [{"value": "VARCHAR"}],
                    "metricValues": [{"value": "VARCHAR"}]
                }],
                "metadata": {"currencyCode": "VARCHAR"}
            }'
        ) as page
    from source

),

parsed as (

    select
        pages.fetch_id,
        pages.observed_at,
        pages.property_id,
        pages.page.metadata.currencycode as currency_code,
        list_transform(pages.page.dimensionheaders, lambda header: header.name) as dimensions,
        list_transform(pages.page.metricheaders, lambda header: header.name) as metrics,
        unnest(pages.page.rows) as entry
    from pages

),

renamed as (

    select
        -- ids
        parsed.property_id,

        -- text; null where the visit did not say
        {%- for column, name in [
            ('utm_source', 'sessionManualSource'),
            ('utm_medium', 'sessionManualMedium'),
            ('utm_campaign', 'sessionManualCampaignName'),
            ('utm_content', 'sessionManualAdContent'),
        ] %}
            nullif({{ normalise_utm(value_named('dimension', name)) }}, '(not set)') as {{ column }},
        {%- endfor %}
        parsed.currency_code,

        -- numerics
        {{ to_count(value_named('metric', 'sessions')) }} as sessions,
        {{ to_count(value_named('metric', 'totalUsers')) }} as users,
        {{ to_count(value_named('metric', 'engagedSessions')) }} as engaged_sessions,
        {{ to_count(value_named('metric', 'ecommercePurchases')) }} as purchases,
        {{ to_money(value_named('metric', 'purchaseRevenue')) }} as purchase_revenue,

        -- dates, in the property's time zone
        try_strptime({{ value_named('dimension', 'date') }}, '%Y%m%d')::date as date_day,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
