-- One row per order, as it was last seen, in its own currency, with what earlier observations knew.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook=["{{ list_seen_orders() }}", "{{ forget_orders('seen_orders') }}"]
) }}
with observations as (

    {{ rows_of_orders('stg_shopify__orders', 'seen_orders') }}

),

newest as (

    select * from observations
    qualify row_number() over (
        partition by observations.order_id
        order by
            observations.updated_at desc nulls last,
            -- the same change, read again with all of its lines
            observations.lines is null,
            observations.observed_at desc,
            observations.fetch_id desc
    ) = 1

),

known as (

    -- a delivery knows neither journey nor number of orders; it does not undo what was known
    select
        observations.order_id,
        max(observations.customer_orders_to_date) as customer_orders_to_date,
        max_by(
            observations.visits,
            (observations.updated_at, observations.observed_at, observations.fetch_id)
        ) filter (where observations.is_journey_ready) as visits,
        list(
            {
                'seen_at': observations.updated_at,
                'amount': observations.subtotal_amount,
                'gift_card_amount': {{ gift_card_amount('observations.lines') }}
            }
            order by observations.updated_at, observations.observed_at, observations.fetch_id
        ) filter (where observations.subtotal_amount is not null) as subtotals
    from observations
    group by observations.order_id

),

summed as (

    select
        newest.*,
        known.customer_orders_to_date as known_customer_orders,
        known.subtotals,
        coalesce(known.visits, newest.visits) as known_visits,
        {{ goods_of('newest.lines') }} as goods_lines
    from newest
    inner join known on newest.order_id = known.order_id

),

amounts as (

    select
        summed.*,
        {{ sum_of_known('list_transform(summed.goods_lines, lambda line: line.gross_amount)') }}
            as lines_gross_amount,
        -- of a gift card that was sold, what was paid for it; lines that are not known hold none
        case
            when summed.lines is null then 0
            else {{ gift_card_amount('summed.lines') }}
        end as gift_card_amount
    from summed

),

final as (

    select
        amounts.order_id,
        amounts.order_name,
        amounts.customer_id,
        amounts.fetch_id,
        amounts.ordered_at,
        amounts.updated_at,
        amounts.observed_at,
        amounts.cancelled_at,
        amounts.is_test,
        amounts.financial_status,
        amounts.currency_code,
        amounts.total_amount,
        amounts.subtotal_amount,
        amounts.tax_amount,
        amounts.shipping_amount,
        amounts.is_tax_included,
        amounts.discount_codes,
        amounts.goods_lines,
        amounts.refunds,
        amounts.refunds is null as is_refunds_unknown,
        amounts.subtotals,
        amounts.known_customer_orders as customer_orders_to_date,
        amounts.known_visits as visits,
        amounts.gift_card_amount::decimal(18, 3) as gift_card_amount,
        -- goods after discounts and before refunds: what the shop will have earned
        try_cast(amounts.subtotal_amount - amounts.gift_card_amount as decimal(18, 3)) as goods_amount,
        try_cast(
            coalesce(
                amounts.lines_gross_amount,
                amounts.subtotal_amount - amounts.gift_card_amount + amounts.discount_amount
            ) as decimal(18, 3)
        ) as gross_amount
    from amounts

)

select * from final
