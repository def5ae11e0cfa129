-- One row per order, attribution model, window and credited collaboration, plus one for the
-- unattributed rest of an order, whose collaboration is null.
with orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is null and is_countable

),

touches as (

    select * from {{ ref('int_order_touches') }}
    where is_converting

),

effects as (

    select * from {{ ref('int_removal_effects_judged') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

models as (

    select distinct attribution.attribution_model from attribution

),

windows as (

    select distinct attribution.lookback_days from attribution

),

-- windows are nested, so a window holds the first touches counted back from the order: its path is
-- told by their number, and many windows share one
counted as (

    select
        touches.order_id,
        windows.lookback_days,
        max(touches.place) as path_length,
        max(touches.instant_place) as first_place
    from touches
    inner join windows on {{ is_in_window('touches', 'windows.lookback_days') }}
    group by touches.order_id, windows.lookback_days

),

paths as (

    select distinct
        counted.order_id,
        counted.path_length,
        counted.first_place
    from counted

),

weighed as (

    select
        paths.order_id,
        paths.path_length,
        touches.collaboration_id,
        {{ model_weights('paths', 'touches', 'effects') }}
    from paths
    inner join touches on paths.order_id = touches.order_id and paths.path_length >= touches.place
    left join effects on touches.collaboration_id = effects.collaboration_id
    group by paths.order_id, paths.path_length, touches.collaboration_id

),

totalled as (

    select
        weighed.*,
        {%- for model in attribution_models() %}
            sum(weighed.{{ model }}) over path as {{ model }}_total,
        {%- endfor %}
        bool_or(weighed.data_driven is null) over path as is_unknown
    from weighed
    window path as (partition by weighed.order_id, weighed.path_length)

),

-- each model turns the touches of a path into weights; a path with a removal effect that is not known
-- is credited as by linear, and says so
modelled as (

    select
        totalled.order_id,
        totalled.path_length,
        totalled.collaboration_id,
        models.attribution_model,
        models.attribution_model = 'data_driven' and totalled.is_unknown as is_fallback,
        {{ weight_of_model('models', 'totalled') }} as weight,
        {{ weight_of_model('models', 'totalled', '_total') }} as total
    from totalled
    cross join models

),

divided as (

    select
        modelled.*,
        1 as credit_share,
        orders.net_revenue,
        orders.gross_revenue
    from modelled
    inner join orders on modelled.order_id = orders.order_id
    where modelled.weight > 0 and modelled.weight < modelled.total

),

allocated as (

    {{ allocate(
        relation='divided',
        amounts=[
            {'name': 'credit_share', 'places': 10, 'type': 'decimal(12, 10)'},
            {'name': 'net_revenue', 'places': 2, 'type': 'decimal(18, 2)'},
            {'name': 'gross_revenue', 'places': 2, 'type': 'decimal(18, 2)'}
        ],
        weight='weight',
        total='total',
        within=['order_id', 'path_length', 'attribution_model'],
        order_by='collaboration_id'
    ) }}

),

credited as (

    select
        allocated.order_id,
        allocated.path_length,
        allocated.collaboration_id,
        allocated.attribution_model,
        allocated.is_fallback,
        allocated.credit_share,
        allocated.net_revenue,
        allocated.gross_revenue
    from allocated
    union all
    -- what one collaboration has to itself needs no division
    select
        modelled.order_id,
        modelled.path_length,
        modelled.collaboration_id,
        modelled.attribution_model,
        modelled.is_fallback,
        1 as credit_share,
        orders.net_revenue,
        orders.gross_revenue
    from modelled
    inner join orders on modelled.order_id = orders.order_id
    where modelled.weight = modelled.total

),

-- an order without a touch keeps all of itself as the rest
final as (

    select
        orders.order_id,
        orders.ordered_on,
        attribution.attribution_model,
        attribution.lookback_days,
        credited.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        coalesce(credited.credit_share, 1)::decimal(12, 10) as credit_share,
        case when credited.order_id is null then orders.net_revenue else credited.net_revenue end
            as net_revenue,
        case when credited.order_id is null then orders.gross_revenue else credited.gross_revenue end
            as gross_revenue,
        orders.currency_code,
        orders.is_new_customer,
        orders.is_fully_refunded,
        orders.is_settled,
        coalesce(credited.is_fallback, false) as is_fallback
    from orders
    cross join attribution
    left join counted
        on orders.order_id = counted.order_id and attribution.lookback_days = counted.lookback_days
    left join credited
        on
            counted.order_id = credited.order_id
            and counted.path_length = credited.path_length
            and attribution.attribution_model = credited.attribution_model
    left join collaborations on credited.collaboration_id = collaborations.collaboration_id

)

select * from final
