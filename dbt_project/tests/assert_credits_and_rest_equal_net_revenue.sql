-- Each row is an order whose credits and rest do not add up to its revenue in some model and
-- window, or a countable order without any row there: revenue was invented or lost.
with orders as (

    select * from {{ ref('int_orders') }}
    where
        quarantine_reason is null
        and is_countable
        and {{ is_tested(orders='credited_orders') }}

),

credits as (

    select * from {{ ref('fct_order_credits') }}
    where {{ is_tested(orders='credited_orders') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}

),

credited as (

    select
        credits.order_id,
        credits.attribution_model,
        credits.lookback_days,
        sum(credits.net_revenue) as net_revenue,
        sum(credits.gross_revenue) as gross_revenue,
        sum(credits.credit_share) as credit_share
    from credits
    group by credits.order_id, credits.attribution_model, credits.lookback_days

),

expected as (

    select
        orders.order_id,
        attribution.attribution_model,
        attribution.lookback_days,
        orders.net_revenue,
        orders.gross_revenue
    from orders
    cross join attribution

)

select
    expected.net_revenue as expected_net_revenue,
    credited.net_revenue as credited_net_revenue,
    coalesce(expected.order_id, credited.order_id) as order_id,
    coalesce(expected.attribution_model, credited.attribution_model) as attribution_model,
    coalesce(expected.lookback_days, credited.lookback_days) as lookback_days
from expected
full outer join credited
    on
        expected.order_id = credited.order_id
        and expected.attribution_model = credited.attribution_model
        and expected.lookback_days = credited.lookback_days
where
    expected.net_revenue is distinct from credited.net_revenue
    or expected.gross_revenue is distinct from credited.gross_revenue
    or credited.credit_share is distinct from 1
