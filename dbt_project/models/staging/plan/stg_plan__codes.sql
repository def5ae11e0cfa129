-- A table: six models read codes, and to normalise ten thousand takes longer than to write them.
{{ config(materialized='table') }}
with source as (

    {{ plan_rows('codes') }}

),

parsed as (

    select
        from_json(
            source.payload,
            '{
                "code": "VARCHAR",
                "collaboration_id": "VARCHAR",
                "valid_from": "DATE",
                "valid_to": "DATE"
            }'
        ) as line
    from source

),

renamed as (

    select
        -- ids
        parsed.line.collaboration_id,

        -- text
        {{ normalise_code("parsed.line.code") }} as code,

        -- dates; both included, null = open
        parsed.line.valid_from,
        parsed.line.valid_to
    from parsed

)

select * from renamed
