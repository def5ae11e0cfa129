-- One row per delivery of a refund by a webhook; the lines stay a list of the refund.
with source as (

    {{ accepted_rows('shopify_webhooks', 'refunds') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        source.payload ->> '$.order_id' as order_id,
        from_json({{ refund_of_webhook('source.payload') }}, '{{ refund_type() }}') as refund
    from source

),

renamed as (

    select
        -- ids
        parsed.refund.id as refund_id,
        parsed.order_id,

        -- lists
        {{ refund_of_wire('parsed.refund') }} as refund,

        -- timestamps
        {{ to_utc('parsed.refund.createdAt') }} as refunded_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
