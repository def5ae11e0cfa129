with source as (

    {{ accepted_rows('youtube', 'candidates') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "snippet": {"customUrl": "VARCHAR", "country": "VARCHAR"},
                "statistics": {
                    "subscriberCount": "VARCHAR",
                    "videoCount": "VARCHAR",
                    "hiddenSubscriberCount": "BOOLEAN"
                }
            }'
        ) as channel
    from source

),

renamed as (

    select
        -- ids
        parsed.channel.id as account_id,

        -- text
        parsed.channel.snippet.customurl as handle,
        parsed.channel.snippet.country,

        -- numerics; a hidden count may still be sent as 0
        case
            when not coalesce(parsed.channel.statistics.hiddensubscribercount, false)
                then {{ to_count('parsed.channel.statistics.subscriberCount') }}
        end as followers,
        {{ to_count('parsed.channel.statistics.videoCount') }} as videos,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
