with source as (

    {{ accepted_rows('youtube', 'playlist_items') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "snippet": {"channelId": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR"},
                "contentDetails": {"videoId": "VARCHAR", "videoPublishedAt": "VARCHAR"}
            }'
        ) as item
    from source

),

renamed as (

    select
        -- ids
        parsed.item.contentdetails.videoid as post_id,
        parsed.item.snippet.channelid as account_id,

        -- text
        nullif(concat_ws(' ', parsed.item.snippet.title, parsed.item.snippet.description), '') as caption,

        -- timestamps; absent for what is private or gone
        {{ to_utc('parsed.item.contentDetails.videoPublishedAt') }} as published_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
