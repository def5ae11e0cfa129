-- One row per period of orders, campaign, influencer, attribution model and window: what its credited orders
-- add up to. Settled orders are summed by month, the others by day, since each day has a forecast of its own.
{{ config(
    materialized='incremental', meta={'clustered_by': 'first_day'},
    pre_hook=["{{ list_touched_periods() }}", "{{ list_sums_before() }}", "{{ forget_periods() }}"],
    post_hook="{{ list_touched_sums() }}"
) }}
with credits as (

    select
        credits.*,
        {{ period_of('credits') }} as first_day
    from {{ ref('fct_order_credits') }} as credits
    {{ join_touched_periods('credits') }}

),

leaks as (

    select * from {{ ref('int_order_leaks') }}
    where is_leaked

),

refunded as (

    select
        orders.order_id,
        orders.refunds
    from {{ ref('int_orders') }} as orders
    where not orders.is_settled and orders.refunds != 0

),

counted as (

    select
        credits.*,
        case
            when not credits.is_settled
                then credits.net_revenue + credits.credit_share * coalesce(refunded.refunds, 0)
        end::decimal(18, 4) as sales,
        leaks.order_id is not null as is_leaked,
        case when not coalesce(credits.is_fully_refunded, false) then credits.credit_share end as kept_share,
        case when credits.is_new_customer then credits.credit_share end as new_share,
        case when not credits.is_new_customer then credits.credit_share end as returning_share,
        {{ square_of_share('credits.credit_share') }} as share_square
    from credits
    left join refunded on credits.order_id = refunded.order_id
    left join leaks
        on credits.order_id = leaks.order_id and credits.collaboration_id = leaks.collaboration_id

),

-- sums of squares stay exact decimals: a sum of floats depends on the order in which it is made
final as (

    select
        counted.first_day,
        counted.is_settled,
        counted.campaign_id,
        counted.influencer_id,
        counted.attribution_model,
        counted.lookback_days,
        count(*)::bigint as credited_parts,
        sum(counted.credit_share)::decimal(38, 10) as orders,
        coalesce(sum(counted.kept_share), 0)::decimal(38, 10) as orders_kept,
        {{ sum_of_squares('counted.share_square', 'counted.kept_share is not null') }}
            as orders_kept_squares,
        count(counted.is_new_customer)::bigint as customers_known,
        coalesce(sum(counted.credit_share) filter (where counted.is_new_customer is not null), 0)
        ::decimal(38, 10) as orders_with_known_customer,
        coalesce(sum(counted.new_share), 0)::decimal(38, 10) as new_customers,
        {{ sum_of_squares('counted.share_square', 'counted.new_share is not null') }}
            as new_customers_squares,
        coalesce(sum(counted.returning_share), 0)::decimal(38, 10) as returning_customers,
        sum(counted.gross_revenue)::decimal(18, 2) as gross_revenue,
        sum(counted.net_revenue)::decimal(18, 2) as net_revenue,
        sum(abs(counted.net_revenue))::decimal(18, 2) as net_revenue_size,
        sum(counted.net_revenue * counted.net_revenue)::decimal(38, 4) as net_revenue_squares,
        coalesce(sum(counted.net_revenue) filter (where counted.is_new_customer), 0)::decimal(18, 2)
            as net_revenue_new,
        coalesce(sum(counted.net_revenue) filter (where not counted.is_new_customer), 0)::decimal(18, 2)
            as net_revenue_returning,
        coalesce(sum(counted.net_revenue) filter (where counted.is_leaked), 0)::decimal(18, 2)
            as net_revenue_leaked,
        -- before refunds; nothing more comes back of settled ones, so theirs is not asked for
        sum(counted.sales)::decimal(18, 4) as sales
    from counted
    group by
        counted.first_day,
        counted.is_settled,
        counted.campaign_id,
        counted.influencer_id,
        counted.attribution_model,
        counted.lookback_days

)

select * from final
