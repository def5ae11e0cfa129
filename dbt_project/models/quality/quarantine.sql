-- One row per row of the data that no mart may count, with the reason.
with raw_rows as (
    {% for source_name, stream in vendor_streams() %}
        select
            raw_rows.fetch_id,
            'raw.{{ source_name }}__{{ stream }}' as table_name,
            concat_ws('/', raw_rows.fetch_id, raw_rows.page, raw_rows.row_number) as key,
            raw_rows.quarantine_reason as reason,
            raw_rows.payload::varchar as payload
        from {{ source(source_name, stream) }} as raw_rows
        inner join {{ source('raw', 'fetches') }} as fetches
            on raw_rows.fetch_id = fetches.fetch_id and fetches.source = '{{ source_name }}'
        where raw_rows.quarantine_reason is not null and {{ is_visible('fetches.observed_to') }}
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

shared_handles as (

    select * from {{ ref('int_account_handles') }}
    where is_shared

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

accounts_of_two as (

    select
        accounts.*,
        others.owner_id as other_owner_id
    from accounts
    inner join accounts as others
        on
            accounts.platform = others.platform
            and accounts.account_id = others.account_id
            and accounts.owner_id < others.owner_id
            and {{ overlap(
                'accounts.valid_from', 'accounts.valid_to', 'others.valid_from', 'others.valid_to'
            ) }}

),

unioned as (

    select * from raw_rows
    union all
    select
        null as fetch_id,
        'int_account_handles' as table_name,
        concat_ws('/', shared_handles.platform, shared_handles.handle, shared_handles.account_id) as key,
        'handle_of_two_accounts' as reason,
        to_json({
            'told_by': shared_handles.told_by,
            'first_seen_at': shared_handles.first_seen_at,
            'last_seen_at': shared_handles.last_seen_at
        })::varchar as payload
    from shared_handles
    union all
    select
        null as fetch_id,
        'stg_plan__accounts' as table_name,
        concat_ws('/', accounts_of_two.platform, accounts_of_two.account_id) as key,
        'account_of_two_owners' as reason,
        to_json({
            'owner_id': accounts_of_two.owner_id,
            'other_owner_id': accounts_of_two.other_owner_id
        })::varchar as payload
    from accounts_of_two
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
