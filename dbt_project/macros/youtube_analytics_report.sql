{#- One row per cell of a report: a metric on a day of California, by the column's own name. -#}
{% macro youtube_analytics_report(stream) -%}
with source as (

    {{ accepted_rows('youtube_analytics', stream) }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.context,
            '{
                "account_id": "VARCHAR",
                "since": "DATE", "until": "DATE"
            }'
        ) as asked,
        from_json(
            source.payload, '{"columnHeaders": [{"name": "VARCHAR"}], "rows": [["VARCHAR"]]}'
        ) as report
    from source

),

named as (

    select
        parsed.*,
        list_transform(parsed.report.columnheaders, lambda header: header.name) as names
    from parsed

),

unnested_rows as (

    select
        named.fetch_id,
        named.observed_at,
        named.asked,
        named.names,
        unnest(named.report.rows) as cells
    from named

),

unnested as (

    select
        unnested_rows.*,
        unnest(unnested_rows.names) as metric,
        generate_subscripts(unnested_rows.names, 1) as position
    from unnested_rows

),

renamed as (

    select
        -- ids
        unnested.asked.account_id,

        -- text
        unnested.metric,

        -- numerics; a FLOAT may come without a fraction
        try_cast(unnested.cells[unnested.position] as double) as metric_value,

        -- dates
        try_cast(unnested.cells[list_position(unnested.names, 'day')] as date) as date_day,
        unnested.asked.since as asked_from,
        unnested.asked.until as asked_to,

        -- timestamps
        unnested.observed_at,
        unnested.fetch_id
    from unnested
    where unnested.metric != 'day'

)

select * from renamed
{%- endmacro %}
