-- One row per change of an order's goods after it was first seen, in the order's currency. A gift card that
-- comes or goes is none.
{{ config(
    materialized='incremental', meta={'clustered_by': 'order_id'},
    pre_hook="{{ forget_orders('seen_orders') }}"
) }}
with orders as (

    {{ rows_of_orders('int_orders_latest', 'seen_orders') }}

),

seen as (

    select
        orders.order_id,
        unnest(orders.subtotals) as subtotal,
        generate_subscripts(orders.subtotals, 1) as place
    from orders
    where len(orders.subtotals) > 1

),

compared as (

    select
        seen.order_id,
        seen.place,
        seen.subtotal.seen_at as edited_at,
        seen.subtotal.amount as subtotal_amount,
        lag(seen.subtotal.amount) over in_order as subtotal_before,
        -- where one of both did not tell its lines, nothing says that a gift card came or went
        coalesce(
            seen.subtotal.gift_card_amount - lag(seen.subtotal.gift_card_amount ignore nulls) over in_order, 0
        ) as gift_cards_added
    from seen
    window in_order as (partition by seen.order_id order by seen.place)

),

final as (

    select
        compared.order_id,
        compared.place,
        compared.edited_at,
        compared.subtotal_before,
        compared.subtotal_amount,
        compared.subtotal_amount - compared.subtotal_before - compared.gift_cards_added as added_amount
    from compared
    where compared.subtotal_amount - compared.subtotal_before != compared.gift_cards_added

)

select * from final
