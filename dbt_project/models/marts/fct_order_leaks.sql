-- One row per order and collaboration whose code it used: whether the code seems to have leaked, and why.
-- A flag; the order stays credited.
{{ config(
    materialized='incremental', meta={'clustered_by': 'order_id'},
    pre_hook="{{ forget_touched_deals() }}"
) }}
with leaks as (

    select * from {{ ref('int_order_leaks') }}
    where {{ is_deal_touched('collaboration_id') }}

),

final as (

    select
        leaks.order_id,
        leaks.collaboration_id,
        leaks.is_leaked,
        leaks.reason as leak_reason
    from leaks

)

select * from final
