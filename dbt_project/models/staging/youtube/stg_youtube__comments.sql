with source as (

    {{ accepted_rows('youtube', 'comments') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "snippet": {
                    "channelId": "VARCHAR",
                    "videoId": "VARCHAR",
                    "totalReplyCount": "VARCHAR",
                    "topLevelComment": {
                        "snippet": {
                            "authorChannelId": {"value": "VARCHAR"},
                            "authorDisplayName": "VARCHAR",
                            "publishedAt": "VARCHAR",
                            "likeCount": "VARCHAR"
                        }
                    }
                }
            }'
        ) as thread
    from source

),

renamed as (

    select
        -- ids
        parsed.thread.id as comment_id,
        parsed.thread.snippet.channelid as account_id,
        parsed.thread.snippet.videoid as post_id,
        parsed.thread.snippet.toplevelcomment.snippet.authorchannelid.value as author_account_id,

        -- text
        parsed.thread.snippet.toplevelcomment.snippet.authordisplayname as author_handle,

        -- numerics
        {{ to_count('parsed.thread.snippet.toplevelcomment.snippet.likecount') }} as likes,
        {{ to_count('parsed.thread.snippet.totalreplycount') }} as replies,

        -- timestamps
        {{ to_utc('parsed.thread.snippet.topLevelComment.snippet.publishedAt') }} as commented_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
