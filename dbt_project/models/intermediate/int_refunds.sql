-- One row per refund that is known of an order: what it takes back of its goods, in the order's currency.
{{ config(
    materialized='incremental', meta={'clustered_by': 'order_id'},
    pre_hook=["{{ list_refunded_orders() }}", "{{ forget_orders('refunded_orders') }}"]
) }}
with orders as (

    {{ rows_of_orders('int_orders_latest', 'refunded_orders') }}

),

delivered as (

    select * from {{ ref('stg_shopify__refunds') }}
    qualify row_number() over (
        partition by refund_id order by observed_at desc, fetch_id desc
    ) = 1

),

unnested as (

    select
        orders.order_id,
        orders.updated_at as told_at,
        unnest(orders.refunds) as refund,
        generate_subscripts(orders.refunds, 1) as place
    from orders

),

-- one that is listed twice was made once
listed as (

    select
        unnested.order_id,
        unnested.told_at,
        unnested.refund,
        coalesce(unnested.refund.id, unnested.place::varchar) as refund_id
    from unnested
    qualify row_number() over (partition by unnested.order_id, refund_id order by unnested.place) = 1

),

unioned as (

    select * from listed
    union all
    -- told before the order itself was seen with it
    select
        delivered.order_id,
        delivered.observed_at as told_at,
        delivered.refund,
        delivered.refund_id
    from delivered
    where
        {{ is_listed('delivered.order_id', 'refunded_orders') }}
        and not exists (
            select 1 from listed
            where
                listed.order_id = delivered.order_id
                and listed.refund_id = delivered.refund_id
        )

),

dated as (

    select
        unioned.order_id,
        unioned.refund_id,
        coalesce(unioned.refund.createdat, unioned.told_at) as refunded_at,
        unioned.refund.totalrefundedset.shopmoney.amount as whole_amount,
        unioned.refund.refundlineitems.nodes as lines,
        coalesce(len(unioned.refund.refundlineitems.nodes) = 0, false) as is_at_large
    from unioned

),

-- money given back without naming an item: the shipping in it is given back once
totalled as (

    select
        dated.*,
        sum(dated.whole_amount) filter (where dated.is_at_large) over (
            partition by dated.order_id
            order by dated.refunded_at, dated.refund_id
            rows unbounded preceding
        ) as whole_amount_to_date
    from dated

),

final as (

    select
        totalled.order_id,
        totalled.refund_id,
        totalled.refunded_at,
        totalled.is_at_large,
        case
            when totalled.is_at_large
                then
                    {{ goods_in_refund('totalled.whole_amount_to_date', 'orders') }}
                    - {{ goods_in_refund(
                        '(totalled.whole_amount_to_date - totalled.whole_amount)', 'orders'
                    ) }}
            -- one line that cannot be read makes all of it unknown, as do lines that are missing
            when totalled.lines is not null
                then {{ goods_in_lines('totalled.lines') }}
        end::decimal(18, 3) as refund_amount
    from totalled
    inner join orders on totalled.order_id = orders.order_id

)

select * from final
