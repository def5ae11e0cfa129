-- One row per campaign, influencer, attribution model and window: what its credited orders add up to.
-- The unattributed rest of a model and window is the row whose campaign is null.
{{ config(materialized='incremental', pre_hook="{{ forget_sums() }}") }}
with periods as (

    select * from {{ ref('fct_credit_periods') }}
    where {{ is_sum_touched() }}

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
        refund_errors.forecast_error
    from expectations
    left join refund_errors on expectations.days_seen = refund_errors.days_seen

),

foretold as (

    select
        periods.*,
        case when periods.is_settled then 0 else dated.share_to_come end as share_to_come,
        case when periods.is_settled then 0 else dated.forecast_error end as forecast_error
    from periods
    -- equal to nothing where settled; a condition beside the equality would be tried on every pair
    left join dated on case when not periods.is_settled then periods.first_day end = dated.ordered_on

),

final as (

    select
        foretold.campaign_id,
        foretold.influencer_id,
        foretold.attribution_model,
        foretold.lookback_days,
        sum(foretold.credited_parts)::bigint as credited_parts,
        {%- for measure in ['orders', 'orders_kept'] %}
            sum(foretold.{{ measure }})::decimal(18, 4) as {{ measure }},
        {%- endfor %}
        sum(foretold.orders_kept_squares)::decimal(38, 10) as orders_kept_squares,
        sum(foretold.customers_known)::bigint as customers_known,
        {%- for measure in ['orders_with_known_customer', 'new_customers'] %}
            sum(foretold.{{ measure }})::decimal(18, 4) as {{ measure }},
        {%- endfor %}
        sum(foretold.new_customers_squares)::decimal(38, 10) as new_customers_squares,
        sum(foretold.returning_customers)::decimal(18, 4) as returning_customers,
        sum(foretold.gross_revenue)::decimal(18, 2) as gross_revenue,
        sum(foretold.net_revenue)::decimal(18, 2) as net_revenue,
        case
            when count(*) = count(foretold.share_to_come)
                then {{ expected_net_revenue(
                    'sum(foretold.net_revenue)',
                    '1',
                    'sum((coalesce(foretold.sales, 0)::decimal(18, 4) * foretold.share_to_come)::decimal(18, 8))'
                ) }}
        end as expected_net_revenue,
        case
            when count(*) = count(foretold.forecast_error)
                then
                    sum(
                        (foretold.net_revenue_size::decimal(18, 2) * foretold.forecast_error)::decimal(18, 8)
                    )::decimal(18, 2)
        end as expected_net_revenue_error_sum,
        sum(foretold.net_revenue_squares)::decimal(38, 4) as net_revenue_squares,
        {%- for measure in ['net_revenue_new', 'net_revenue_returning', 'net_revenue_leaked'] %}
            sum(foretold.{{ measure }})::decimal(18, 2) as {{ measure }},
        {%- endfor %}
        bool_and(foretold.is_settled) as is_settled
    from foretold
    group by
        foretold.campaign_id,
        foretold.influencer_id,
        foretold.attribution_model,
        foretold.lookback_days

)

select * from final
