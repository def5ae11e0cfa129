-- One row per change of an order's subtotal after it was first seen, in the order's currency.
with orders as (

    select * from {{ ref('int_orders_latest') }}

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
        lag(seen.subtotal.amount) over (partition by seen.order_id order by seen.place) as subtotal_before
    from seen

),

final as (

    select
        compared.order_id,
        compared.place,
        compared.edited_at,
        compared.subtotal_before,
        compared.subtotal_amount,
        compared.subtotal_amount - compared.subtotal_before as added_amount
    from compared
    where compared.subtotal_amount != compared.subtotal_before

)

select * from final
