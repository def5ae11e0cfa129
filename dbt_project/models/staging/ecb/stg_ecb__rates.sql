-- One row per day and currency of a day block; a day is read from its newest observation.
with source as (

    {{ accepted_rows('ecb', 'rates') }}

),

day_blocks as (

    select
        source.fetch_id,
        source.observed_at,
        source.payload ->> '$' as block,
        try_cast(regexp_extract(source.payload ->> '$', 'time=["'']([0-9-]+)["'']', 1) as date)
            as rate_date
    from source

),

newest as (

    select * from day_blocks
    where day_blocks.rate_date is not null
    qualify row_number() over (
        partition by day_blocks.rate_date order by day_blocks.observed_at desc, day_blocks.fetch_id desc
    ) = 1

),

quotes as (

    select
        newest.rate_date,
        newest.observed_at,
        newest.fetch_id,
        unnest(regexp_extract_all(newest.block, '<Cube[^<>]*currency=[^<>]*>')) as quote
    from newest

),

renamed as (

    select
        -- text
        regexp_extract(quotes.quote, 'currency=["'']([A-Z]{3})["'']', 1) as currency_code,

        -- numerics: units of the currency per euro
        try_cast(regexp_extract(quotes.quote, 'rate=["'']([0-9.]+)["'']', 1) as decimal(18, 6))
            as units_per_euro,

        -- dates
        quotes.rate_date,

        -- timestamps
        quotes.observed_at,
        quotes.fetch_id
    from quotes

)

select * from renamed
where renamed.units_per_euro > 0
