-- One row per row of the data that no mart may count, with the reason.
{% set streams = [
    ('youtube', 'channels'), ('youtube', 'playlist_items'), ('youtube', 'videos'),
    ('instagram', 'accounts'), ('instagram', 'user_insights'), ('instagram', 'media'),
    ('instagram', 'media_insights'), ('shopify', 'shop'), ('shopify', 'orders'), ('ecb', 'rates'),
    ('shopify', 'bulk_orders'), ('shopify_webhooks', 'orders'), ('shopify_webhooks', 'refunds')
] %}
with raw_rows as (
    {% for source_name, stream in streams %}
        select
            raw_rows.fetch_id,
            'raw.{{ source_name }}__{{ stream }}' as table_name,
            concat_ws('/', raw_rows.fetch_id, raw_rows.page, raw_rows.row_number) as key,
            raw_rows.quarantine_reason as reason,
            raw_rows.payload::varchar as payload
        from {{ source(source_name, stream) }} as raw_rows
        where raw_rows.quarantine_reason is not null and {{ is_visible('raw_rows.observed_at') }}
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

fetches as (

    select * from {{ source('raw', 'fetches') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is not null

),

cost_lines as (

    select * from {{ ref('int_cost_lines') }}
    where quarantine_reason is not null

),

unioned as (

    select * from raw_rows
    union all
    select
        orders.fetch_id,
        'int_orders' as table_name,
        orders.order_id as key,
        orders.quarantine_reason as reason,
        to_json({
            'ordered_at': orders.ordered_at,
            'currency_code': orders.order_currency_code,
            'subtotal_amount': orders.subtotal_amount,
            'refund_amount': orders.refund_amount
        })::varchar as payload
    from orders
    union all
    select
        cost_lines.fetch_id,
        'int_cost_lines' as table_name,
        cost_lines.cost_id as key,
        cost_lines.quarantine_reason as reason,
        to_json({
            'collaboration_id': cost_lines.collaboration_id,
            'currency_code': cost_lines.cost_currency_code,
            'cost_amount': cost_lines.cost_amount
        })::varchar as payload
    from cost_lines

),

final as (

    select
        fetches.run_id,
        unioned.table_name,
        unioned.key,
        unioned.reason,
        unioned.payload
    from unioned
    left join fetches on unioned.fetch_id = fetches.fetch_id

)

select * from final
