-- One row per campaign, influencer, attribution model and window: what its credited orders add up to.
-- The unattributed rest of a model and window is the row whose campaign is null.
with credits as (

    select * from {{ ref('fct_order_credits') }}

),

leaks as (

    select * from {{ ref('int_order_leaks') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

expectations as (

    select * from {{ ref('int_revenue_expectations') }}

),

refund_errors as (

    select * from {{ ref('int_refund_errors_by_age') }}

),

-- what a day's orders are still expected to give back, and how wrong that was at the same age before
dated as (

    select
        expectations.ordered_on,
        expectations.share_to_come,
        case when expectations.is_settled then 0 else refund_errors.forecast_error end as forecast_error
    from expectations
    left join refund_errors on expectations.days_seen = refund_errors.days_seen

),

counted as (

    select
        credits.*,
        (credits.net_revenue + credits.credit_share * orders.refunds)::decimal(18, 4) as sales,
        dated.share_to_come,
        dated.forecast_error,
        coalesce(leaks.is_leaked, false) as is_leaked,
        case when not coalesce(credits.is_fully_refunded, false) then credits.credit_share end as kept_share,
        case when credits.is_new_customer then credits.credit_share end as new_share,
        case when not credits.is_new_customer then credits.credit_share end as returning_share
    from credits
    left join orders on credits.order_id = orders.order_id
    left join dated on credits.ordered_on = dated.ordered_on
    left join leaks
        on credits.order_id = leaks.order_id and credits.collaboration_id = leaks.collaboration_id

),

-- sums of squares stay exact decimals: a sum of floats depends on the order in which it is made
final as (

    select
        counted.campaign_id,
        counted.influencer_id,
        counted.attribution_model,
        counted.lookback_days,
        count(*)::bigint as credited_parts,
        sum(counted.credit_share)::decimal(18, 4) as orders,
        coalesce(sum(counted.kept_share), 0)::decimal(18, 4) as orders_kept,
        coalesce(sum((counted.kept_share * counted.kept_share)::decimal(18, 10)), 0)::decimal(38, 10)
            as orders_kept_squares,
        count(counted.is_new_customer)::bigint as customers_known,
        coalesce(sum(counted.credit_share) filter (where counted.is_new_customer is not null), 0)
        ::decimal(18, 4) as orders_with_known_customer,
        coalesce(sum(counted.new_share), 0)::decimal(18, 4) as new_customers,
        coalesce(sum((counted.new_share * counted.new_share)::decimal(18, 10)), 0)::decimal(38, 10)
            as new_customers_squares,
        coalesce(sum(counted.returning_share), 0)::decimal(18, 4) as returning_customers,
        sum(counted.gross_revenue)::decimal(18, 2) as gross_revenue,
        sum(counted.net_revenue)::decimal(18, 2) as net_revenue,
        case
            when count(*) = count(counted.share_to_come)
                then {{ expected_net_revenue(
                    'sum(counted.net_revenue)', '1', 'sum((counted.sales * counted.share_to_come)::decimal(18, 8))'
                ) }}
        end as expected_net_revenue,
        case
            when count(*) = count(counted.forecast_error)
                then sum((abs(counted.net_revenue) * counted.forecast_error)::decimal(18, 8))::decimal(18, 2)
        end as expected_net_revenue_error_sum,
        sum(counted.net_revenue * counted.net_revenue)::decimal(38, 4) as net_revenue_squares,
        coalesce(sum(counted.net_revenue) filter (where counted.is_new_customer), 0)::decimal(18, 2)
            as net_revenue_new,
        coalesce(sum(counted.net_revenue) filter (where not counted.is_new_customer), 0)::decimal(18, 2)
            as net_revenue_returning,
        coalesce(sum(counted.net_revenue) filter (where counted.is_leaked), 0)::decimal(18, 2)
            as net_revenue_leaked,
        bool_and(counted.is_settled) as is_settled
    from counted
    group by
        counted.campaign_id,
        counted.influencer_id,
        counted.attribution_model,
        counted.lookback_days

)

select * from final
