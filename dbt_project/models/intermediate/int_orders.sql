-- One row per order, as it was last seen, with its money in the reporting currency:
-- gross_revenue - discounts - refunds = net_revenue, to the cent.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook=[
        "{{ list_candidate_orders() }}",
        "{{ list_candidates_of_customers() }}",
        "{{ keep_orders_before() }}",
        "{{ forget_orders('candidate_orders') }}"
    ],
    post_hook=["{{ list_touched_orders() }}", "{{ list_days_of_touched_orders() }}", "{{ forget_orders_before() }}"]
) }}
with orders as (

    {{ rows_of_orders('int_orders_latest', 'candidate_orders') }}

),

refunds as (

    {{ rows_of_orders('int_refunds', 'candidate_orders') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

refunded as (

    select
        refunds.order_id,
        case when count(*) = count(refunds.refund_amount) then sum(refunds.refund_amount) end as refund_amount
    from refunds
    group by refunds.order_id

),

dated as (

    select
        orders.*,
        settings.reporting_currency,
        settings.as_of_date,
        settings.return_window_days,
        orders.is_tax_included and coalesce(orders.total_amount, 1) != 0 as has_tax_inside,
        {{ local_date('orders.ordered_at', 'settings.time_zone') }} as ordered_on,
        case
            when refunded.order_id is null then 0
            else try_cast(refunded.refund_amount as decimal(18, 3))
        end as refund_amount,
        count(*) over (partition by orders.customer_id) as customer_orders_known,
        max(orders.customer_orders_to_date) over (partition by orders.customer_id) as customer_orders,
        row_number() over (
            partition by orders.customer_id order by orders.ordered_at, orders.order_id
        ) as customer_order_number
    from orders
    cross join settings
    left join refunded on orders.order_id = refunded.order_id

),

rated as (

    select
        dated.*,
        case
            when dated.currency_code = dated.reporting_currency then 1
            when exchange_rates.rate_date >= dated.ordered_on - {{ rate_age_days() }}
                then exchange_rates.units_per_euro
        end as from_units,
        case
            when dated.currency_code = dated.reporting_currency then 1
            -- without a time there is none; DuckDB 1.5 joins the newest once 64 orders have none
            when exchange_rates.rate_date >= dated.ordered_on - {{ rate_age_days() }}
                then exchange_rates.reporting_units_per_euro
        end as to_units,
        -- prices that include tax give it back in proportion to the order's total
        case when dated.has_tax_inside then dated.total_amount - dated.tax_amount else 1 end
            as taxless_amount,
        case when dated.has_tax_inside then dated.total_amount else 1 end as taxed_amount
    from dated
    asof left join exchange_rates
        on
            dated.currency_code = exchange_rates.currency_code
            and dated.ordered_on >= exchange_rates.rate_date

),

-- each is rounded once; what lies between two of them is their difference, so that all add up
converted as (

    select
        rated.*,
        {{ in_reporting_currency('rated.gross_amount', 'rated') }} as gross_revenue,
        {{ in_reporting_currency('rated.goods_amount', 'rated') }} as sold_revenue,
        {{ in_reporting_currency('rated.goods_amount - rated.refund_amount', 'rated') }} as net_revenue
    from rated

),

final as (

    select
        converted.order_id,
        converted.order_name,
        converted.customer_id,
        converted.fetch_id,
        converted.ordered_at,
        converted.ordered_on,
        converted.cancelled_at,
        converted.currency_code as order_currency_code,
        converted.reporting_currency as currency_code,
        converted.subtotal_amount,
        converted.gift_card_amount,
        converted.goods_amount,
        converted.gross_amount,
        converted.refund_amount,
        converted.from_units,
        converted.to_units,
        converted.taxless_amount,
        converted.taxed_amount,
        converted.discount_codes,
        converted.goods_lines,
        converted.visits,
        converted.net_revenue,
        converted.gross_revenue,
        (converted.gross_revenue - converted.sold_revenue)::decimal(18, 2) as discounts,
        (converted.sold_revenue - converted.net_revenue)::decimal(18, 2) as refunds,
        converted.goods_amount > 0 and converted.refund_amount >= converted.goods_amount as is_fully_refunded,
        case
            when converted.customer_id is null then null
            when converted.customer_order_number > 1 then false
            else converted.customer_orders <= converted.customer_orders_known
        end as is_new_customer,
        converted.as_of_date >= {{ settles_on('converted.ordered_on', 'converted') }} as is_settled,
        case
            when converted.is_test then 'test'
            when converted.cancelled_at is not null then 'cancelled'
            when converted.financial_status = 'VOIDED' then 'voided'
        end as not_countable_because,
        case
            when converted.ordered_at is null then 'no_order_time'
            when
                converted.goods_amount is null or converted.refund_amount is null
                or converted.is_refunds_unknown
                then 'no_amount'
            when converted.has_tax_inside and (converted.total_amount is null or converted.tax_amount is null)
                then 'no_tax'
            when converted.from_units is null or converted.to_units is null then 'no_rate'
            when converted.net_revenue is null then 'amount_out_of_range'
        end as quarantine_reason
    from converted

)

select
    final.*,
    final.not_countable_because is null as is_countable
from final
