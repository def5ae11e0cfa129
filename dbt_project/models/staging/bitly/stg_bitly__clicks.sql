-- One row per short link, UTC day and observation.
with source as (

    {{ accepted_rows('bitly', 'clicks') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"link_id": "VARCHAR", "bitlink": "VARCHAR"}') as asked,
        from_json(source.payload, '{"date": "VARCHAR", "clicks": "VARCHAR"}') as entry
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.link_id,

        -- text
        parsed.asked.bitlink,

        -- numerics
        {{ to_count('parsed.entry.clicks') }} as clicks,

        -- dates; the reference asked with was a midnight in UTC
        ({{ to_utc('parsed.entry.date') }})::date as date_day,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
