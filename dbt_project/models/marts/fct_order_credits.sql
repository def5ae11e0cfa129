-- One row per order, attribution model, window and credited collaboration, plus one for the
-- unattributed rest of an order, whose collaboration is null.
with orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is null and is_countable

),

claims as (

    select * from {{ ref('int_order_claims') }}
    where excluded_because is null

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

touches as (

    select
        claims.*,
        attribution.attribution_model,
        attribution.lookback_days
    from claims
    cross join attribution
    where {{ is_in_window('claims', 'attribution.lookback_days') }}

),

-- each model turns the touches of an order into weights
weights as (

    select
        touches.order_id,
        touches.attribution_model,
        touches.lookback_days,
        touches.collaboration_id,
        1 as weight
    from touches
    where touches.attribution_model = 'last_touch'
    qualify row_number() over (
        partition by touches.order_id, touches.lookback_days
        order by {{ last_touch_first('touches') }}
    ) = 1

),

-- an order without a touch keeps all of itself as the rest
shares as (

    select
        orders.order_id,
        orders.ordered_on,
        attribution.attribution_model,
        attribution.lookback_days,
        weights.collaboration_id,
        orders.is_new_customer,
        orders.is_fully_refunded,
        orders.is_settled,
        orders.currency_code,
        orders.net_revenue,
        orders.gross_revenue,
        coalesce(
            weights.weight / sum(weights.weight) over (
                partition by orders.order_id, attribution.attribution_model, attribution.lookback_days
            ),
            1
        )::decimal(12, 10) as credit_share
    from orders
    cross join attribution
    left join weights
        on
            orders.order_id = weights.order_id
            and attribution.attribution_model = weights.attribution_model
            and attribution.lookback_days = weights.lookback_days

),

allocated as (

    {{ allocate(
        relation='shares',
        amounts=['net_revenue', 'gross_revenue'],
        share='credit_share',
        within=['order_id', 'attribution_model', 'lookback_days'],
        order_by='collaboration_id'
    ) }}

),

final as (

    select
        allocated.order_id,
        allocated.ordered_on,
        allocated.attribution_model,
        allocated.lookback_days,
        allocated.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        allocated.credit_share,
        allocated.net_revenue,
        allocated.gross_revenue,
        allocated.currency_code,
        allocated.is_new_customer,
        allocated.is_fully_refunded,
        allocated.is_settled
    from allocated
    left join collaborations on allocated.collaboration_id = collaborations.collaboration_id

)

select * from final
