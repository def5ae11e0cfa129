with source as (

    {{ accepted_rows('instagram', 'comments') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR", "media_id": "VARCHAR"}') as asked,
        unnest(from_json(
            source.payload,
            '{
                "data": [{
                    "id": "VARCHAR",
                    "username": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "like_count": "VARCHAR",
                    "from": {"id": "VARCHAR", "username": "VARCHAR"}
                }]
            }'
        ).data) as comment
    from source

),

renamed as (

    select
        -- ids; the author's id is not always told
        parsed.comment.id as comment_id,
        parsed.asked.media_id as post_id,
        parsed.asked.account_id,
        parsed.comment."from".id as author_id,

        -- text
        coalesce(parsed.comment."from".username, parsed.comment.username) as author_handle,

        -- numerics
        {{ to_count('parsed.comment.like_count') }} as likes,

        -- timestamps
        {{ to_utc('parsed.comment."timestamp"') }} as commented_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
