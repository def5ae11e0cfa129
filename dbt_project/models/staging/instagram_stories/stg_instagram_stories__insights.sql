with source as (

    {{ accepted_rows('instagram_stories', 'story_insights') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(source.context, '{"account_id": "VARCHAR", "media_id": "VARCHAR"}') as asked,
        from_json(
            source.payload,
            '{"name": "VARCHAR", "values": [{"value": "VARCHAR"}], "total_value": {"value": "VARCHAR"}}'
        ) as insight
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.media_id as post_id,
        parsed.asked.account_id,

        -- text
        parsed.insight.name as metric,

        -- numerics; either spelling may stand alone
        coalesce(
            {{ to_count('parsed.insight."values"[1]."value"') }},
            {{ to_count('parsed.insight.total_value."value"') }}
        ) as metric_value,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
