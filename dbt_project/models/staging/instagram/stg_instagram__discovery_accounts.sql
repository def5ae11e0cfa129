with source as (

    {{ accepted_rows('instagram', 'discovery_accounts') }}

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
                "media_count": "VARCHAR"
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
        {{ to_count('parsed.account.media_count') }} as posts,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
