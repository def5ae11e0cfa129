-- One row per order and discount code that lowered the price of its goods: what the code gave, in the
-- reporting currency. Parts of an order add up to its discounts.
{{ config(
    materialized='incremental', meta={'clustered_by': 'order_id'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with orders as (

    select * from ({{ rows_of_orders('int_orders', 'touched_orders') }})
    where quarantine_reason is null and gross_revenue is not null

),

lines as (

    select
        orders.order_id,
        unnest(orders.goods_lines) as line
    from orders

),

parts as (

    select
        lines.order_id,
        unnest(lines.line.discounts) as part
    from lines

),

given as (

    select
        parts.order_id,
        parts.part.code,
        case when count(*) = count(parts.part.amount) then sum(parts.part.amount) end as discount_amount
    from parts
    where parts.part.code is not null
    group by parts.order_id, parts.part.code

),

running as (

    select
        given.*,
        sum(given.discount_amount) over (
            partition by given.order_id order by given.code rows unbounded preceding
        ) as amount_to_date
    from given

),

final as (

    select
        running.order_id,
        running.code,
        (
            {{ in_reporting_currency(
                '(orders.gross_amount - running.amount_to_date + running.discount_amount)', 'orders'
            ) }}
            - {{ in_reporting_currency('(orders.gross_amount - running.amount_to_date)', 'orders') }}
        )::decimal(18, 2) as discount
    from running
    inner join orders on running.order_id = orders.order_id

)

select * from final
