-- One row per account, post or metric that a fetch had to leave out, of streams the gate accepted.
with source as (

    select * from {{ source('raw', 'fetch_problems') }}

),

fetches as (

    select * from {{ source('raw', 'fetches') }}

),

fetch_streams as (

    select * from {{ source('raw', 'fetch_streams') }}

),

renamed as (

    select
        -- ids
        source.fetch_id,
        source.context ->> '$.video_id' as post_id,

        -- text
        source.source,
        source.stream,
        source.reason,

        -- timestamps
        fetches.observed_to at time zone 'UTC' as observed_at
    from source
    inner join fetches on source.fetch_id = fetches.fetch_id and source.source = fetches.source
    inner join fetch_streams
        on
            source.fetch_id = fetch_streams.fetch_id
            and source.source = fetch_streams.source
            and source.stream = fetch_streams.stream
            and fetch_streams.status = 'accepted'
    where {{ is_visible('fetches.observed_to') }}

)

select * from renamed
