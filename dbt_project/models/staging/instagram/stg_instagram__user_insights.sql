-- One row per answered metric of an account and request, with its days and its breakdown as lists.
with source as (

    {{ accepted_rows('instagram', 'user_insights') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.context,
            '{"account_id": "VARCHAR", "since": "DATE", "until": "DATE", "metric_type": "VARCHAR"}'
        ) as asked,
        from_json(
            source.payload,
            '{
                "name": "VARCHAR",
                "total_value": {
                    "breakdowns": [{
                        "dimension_keys": ["VARCHAR"],
                        "results": [{"dimension_values": ["VARCHAR"], "value": "VARCHAR"}]
                    }]
                }
            }'
        ) as insight
    from source

),

renamed as (

    select
        -- ids
        parsed.asked.account_id,

        -- text
        parsed.insight.name as metric,

        -- lists; a breakdown with keys but no `results` has none, without a breakdown they are unknown
        coalesce(
            list_transform(
                parsed.insight.total_value.breakdowns[1].results,
                lambda result: {
                    'dimension_values': result.dimension_values,
                    'value': {{ to_count('result."value"') }}
                }
            ),
            case when parsed.insight.total_value.breakdowns[1].dimension_keys is not null then [] end
        ) as breakdown_results,

        -- dates
        parsed.asked.since as asked_from,
        parsed.asked.until as asked_to,

        -- timestamps
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
