-- One row per fetch and stream that the raw gate accepted.
with source as (

    select * from {{ source('raw', 'fetch_streams') }}

),

fetches as (

    select * from {{ source('raw', 'fetches') }}

),

renamed as (

    select
        -- ids
        source.fetch_id,

        -- text
        source.source,
        source.stream,

        -- numerics
        source.row_count,

        -- timestamps
        fetches.observed_to at time zone 'UTC' as observed_at
    from source
    inner join fetches
        on source.fetch_id = fetches.fetch_id and source.source = fetches.source
    where
        source.status = 'accepted'
        and {{ is_visible('fetches.observed_to') }}

)

select * from renamed
