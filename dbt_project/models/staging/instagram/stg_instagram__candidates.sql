with source as (

    {{ accepted_rows('instagram', 'candidates') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "id": "VARCHAR",
                "username": "VARCHAR",
                "followers_count": "VARCHAR",
                "media": {
                    "data": [{
                        "caption": "VARCHAR",
                        "timestamp": "VARCHAR",
                        "like_count": "VARCHAR",
                        "comments_count": "VARCHAR"
                    }]
                }
            }'
        ) as account
    from source

),

renamed as (

    select
        -- ids
        parsed.account.id as account_id,

        -- text
        parsed.account.username as handle,

        -- numerics
        {{ to_count('parsed.account.followers_count') }} as followers,

        -- the newest posts, beside the account in one answer
        list_transform(
            parsed.account.media.data,
            lambda post: {
                'caption': post.caption,
                'published_at': {{ to_utc('post."timestamp"') }},
                'likes': {{ to_count('post.like_count') }},
                'comments': {{ to_count('post.comments_count') }}
            }
        ) as posts,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
