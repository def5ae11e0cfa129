-- One row per order, as it was last seen, with its money in the reporting currency.
with observations as (

    select * from {{ ref('stg_shopify__orders') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

newest as (

    select * from observations
    qualify row_number() over (
        partition by observations.order_id
        order by
            observations.updated_at desc nulls last,
            observations.observed_at desc,
            observations.fetch_id desc
    ) = 1

),

known as (

    -- a delivery knows neither; it does not undo what was known
    select
        observations.order_id,
        max(observations.customer_orders_to_date) as customer_orders_to_date,
        max_by(
            observations.visits,
            (observations.updated_at, observations.observed_at, observations.fetch_id)
        ) filter (where observations.is_journey_ready) as visits
    from observations
    group by observations.order_id

),

delivered_refunds as (

    select * from {{ ref('stg_shopify__refunds') }}
    qualify row_number() over (
        partition by refund_id order by observed_at desc, fetch_id desc
    ) = 1

),

listed_refunds as (

    select
        newest.order_id,
        unnest(newest.refunds) as refund
    from newest

),

refunds as (

    select * from listed_refunds
    union all
    -- told before the order itself was seen with it
    select
        delivered_refunds.order_id,
        delivered_refunds.refund
    from delivered_refunds
    where not exists (
        select 1 from listed_refunds
        where
            listed_refunds.order_id = delivered_refunds.order_id
            and listed_refunds.refund.id = delivered_refunds.refund_id
    )

),

refund_lines as (

    select
        refunds.order_id,
        -- a refund whose lines are missing gives one line that cannot be read
        unnest(coalesce(refunds.refund.refundlineitems.nodes, [null])).subtotalset.shopmoney.amount as amount
    from refunds

),

-- money given back without naming an item; what it may hold of shipping and tax is decided below
refund_sums as (

    select
        refunds.order_id,
        refunds.refund.totalrefundedset.shopmoney.amount as sum_amount
    from refunds
    where len(refunds.refund.refundlineitems.nodes) = 0

),

refunded as (

    select
        refund_lines.order_id,
        case
            when bool_and(refund_lines.amount is not null) then sum(refund_lines.amount)
        end as line_amount
    from refund_lines
    group by refund_lines.order_id

),

refunded_at_large as (

    select
        refund_sums.order_id,
        case
            when bool_and(refund_sums.sum_amount is not null) then sum(refund_sums.sum_amount)
        end as whole_amount
    from refund_sums
    group by refund_sums.order_id

),

dated as (

    select
        newest.*,
        coalesce(known.visits, newest.visits) as known_visits,
        settings.reporting_currency,
        settings.as_of_date,
        settings.return_window_days,
        newest.is_tax_included and coalesce(newest.total_amount, 1) != 0 as has_tax_inside,
        {{ local_date('newest.ordered_at', 'settings.time_zone') }} as ordered_on,
        case when refunded.order_id is not null then refunded.line_amount else 0 end
        + case
            when refunded_at_large.order_id is null then 0
            else {{ goods_in_refund('refunded_at_large.whole_amount', 'newest') }}
        end as refund_amount,
        count(*) over (partition by newest.customer_id) as customer_orders_known,
        max(known.customer_orders_to_date) over (partition by newest.customer_id) as customer_orders,
        row_number() over (
            partition by newest.customer_id order by newest.ordered_at, newest.order_id
        ) as customer_order_number
    from newest
    inner join known on newest.order_id = known.order_id
    cross join settings
    left join refunded on newest.order_id = refunded.order_id
    left join refunded_at_large on newest.order_id = refunded_at_large.order_id

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
            else exchange_rates.reporting_units_per_euro
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

final as (

    select
        rated.order_id,
        rated.order_name,
        rated.customer_id,
        rated.fetch_id,
        rated.ordered_at,
        rated.ordered_on,
        rated.currency_code as order_currency_code,
        rated.reporting_currency as currency_code,
        rated.subtotal_amount,
        rated.refund_amount,
        rated.discount_codes,
        rated.known_visits as visits,
        {{ convert_amount(
            'rated.subtotal_amount - rated.refund_amount',
            'rated.from_units', 'rated.to_units', 'rated.taxless_amount', 'rated.taxed_amount'
        ) }} as net_revenue,
        {{ convert_amount(
            'rated.subtotal_amount + rated.discount_amount',
            'rated.from_units', 'rated.to_units', 'rated.taxless_amount', 'rated.taxed_amount'
        ) }} as gross_revenue,
        rated.subtotal_amount > 0 and rated.refund_amount >= rated.subtotal_amount as is_fully_refunded,
        case
            when rated.customer_id is null then null
            when rated.customer_order_number > 1 then false
            else rated.customer_orders <= rated.customer_orders_known
        end as is_new_customer,
        rated.as_of_date >= rated.ordered_on + rated.return_window_days + {{ source_latency_days() }}
            as is_settled,
        case
            when rated.is_test then 'test'
            when rated.cancelled_at is not null then 'cancelled'
            when rated.financial_status = 'VOIDED' then 'voided'
        end as not_countable_because,
        case
            when rated.ordered_at is null then 'no_order_time'
            when rated.subtotal_amount is null or rated.refund_amount is null or rated.refunds is null
                then 'no_amount'
            when rated.has_tax_inside and (rated.total_amount is null or rated.tax_amount is null)
                then 'no_tax'
            when rated.from_units is null or rated.to_units is null then 'no_rate'
        end as quarantine_reason
    from rated

)

select
    final.*,
    final.not_countable_because is null as is_countable
from final
