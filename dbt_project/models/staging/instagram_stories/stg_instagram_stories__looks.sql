-- One row per page that an account's live stories came in, also when it held none.
with source as (

    {{ accepted_rows('instagram_stories', 'stories') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR"}') as asked
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.account_id,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
