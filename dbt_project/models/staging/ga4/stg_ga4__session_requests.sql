-- One row per page of sessions: the days that were asked for, beside what the page says of itself.
with source as (

    {{ accepted_rows('ga4', 'sessions') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.context,
            '{"property": "VARCHAR", "since": "DATE", "until": "DATE", "offset": "BIGINT"}'
        ) as asked,
        from_json(
            source.payload,
            '{
                "rowCount": "VARCHAR",
                "metadata": {
                    "currencyCode": "VARCHAR",
                    "timeZone": "VARCHAR",
                    "dataLossFromOtherRow": "BOOLEAN",
                    "subjectToThresholding": "BOOLEAN",
                    "samplingMetadatas": ["JSON"]
                }
            }'
        ) as page
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.property as property_id,

        -- text
        parsed.page.metadata.timezone as time_zone,
        parsed.page.metadata.currencycode as currency_code,

        -- numerics; the vendor leaves out a count of no rows
        parsed.asked."offset" as row_offset,
        {{ to_count("coalesce(parsed.page.rowcount, '0')") }} as row_count,

        -- booleans; the vendor leaves out what is not so
        coalesce(parsed.page.metadata.datalossfromotherrow, false) as has_other_row,
        coalesce(parsed.page.metadata.subjecttothresholding, false) as is_thresholded,
        coalesce(len(parsed.page.metadata.samplingmetadatas) > 0, false) as is_sampled,

        -- dates
        parsed.asked.since as asked_from,
        parsed.asked.until as asked_to,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
