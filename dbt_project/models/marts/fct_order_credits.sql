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

    select
        collaborations.*,
        -- stands for the name in what follows, in its order: whole numbers are compared sooner
        row_number() over (order by collaborations.collaboration_id) as collaboration_number
    from {{ ref('stg_plan__collaborations') }} as collaborations

),

models as (

    select distinct
        attribution.attribution_model,
        {{ model_number('attribution') }} as model_number
    from attribution

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

distinct_paths as (

    select distinct
        counted.order_id,
        counted.path_length,
        counted.first_place
    from counted

),

paths as (

    select
        distinct_paths.*,
        orders.net_revenue,
        orders.gross_revenue,
        row_number() over () * 8 as path_number
    from distinct_paths
    inner join orders on distinct_paths.order_id = orders.order_id

),

weighed as (

    select
        paths.path_number,
        collaborations.collaboration_number,
        any_value(paths.net_revenue) as net_revenue,
        any_value(paths.gross_revenue) as gross_revenue,
        {{ model_weights('paths', 'touches', 'effects') }}
    from paths
    inner join touches on paths.order_id = touches.order_id and paths.path_length >= touches.place
    inner join collaborations on touches.collaboration_id = collaborations.collaboration_id
    left join effects on touches.collaboration_id = effects.collaboration_id
    group by paths.path_number, collaborations.collaboration_number

),

totals as (

    select
        weighed.path_number,
        {%- for model in attribution_models() %}
            sum(weighed.{{ model }}) as {{ model }},
        {%- endfor %}
        bool_or(weighed.data_driven is null) as is_unknown,
        count(*) as members
    from weighed
    group by weighed.path_number

),

-- each model turns the touches of a path into weights; a path with a removal effect that is not known
-- is credited as by linear, and says so
modelled as (

    select
        weighed.path_number + models.model_number as path_number,
        weighed.collaboration_number,
        models.attribution_model = 'data_driven' and totals.is_unknown as is_fallback,
        {{ weight_of_model('models', 'weighed', 'totals.is_unknown') }} as weight,
        {{ weight_of_model('models', 'totals', 'totals.is_unknown') }} as total,
        totals.members,
        1 as credit_share,
        weighed.net_revenue,
        weighed.gross_revenue
    from weighed
    inner join totals on weighed.path_number = totals.path_number
    cross join models

),

divided as (

    select modelled.*
    from modelled
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
        members='members',
        within='path_number',
        tie='collaboration_number'
    ) }}

),

credited as (

    select
        allocated.path_number,
        allocated.collaboration_number,
        allocated.is_fallback,
        allocated.credit_share,
        allocated.net_revenue,
        allocated.gross_revenue
    from allocated
    union all
    -- what one collaboration has to itself needs no division
    select
        modelled.path_number,
        modelled.collaboration_number,
        modelled.is_fallback,
        1 as credit_share,
        modelled.net_revenue,
        modelled.gross_revenue
    from modelled
    where modelled.weight = modelled.total

),

-- an order without a touch keeps all of itself as the rest
final as (

    select
        orders.order_id,
        orders.ordered_on,
        attribution.attribution_model,
        attribution.lookback_days,
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        coalesce(credited.credit_share, 1)::decimal(12, 10) as credit_share,
        case when credited.path_number is null then orders.net_revenue else credited.net_revenue end
            as net_revenue,
        case when credited.path_number is null then orders.gross_revenue else credited.gross_revenue end
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
    left join paths on counted.order_id = paths.order_id and counted.path_length = paths.path_length
    left join credited on paths.path_number + {{ model_number('attribution') }} = credited.path_number
    left join collaborations on credited.collaboration_number = collaborations.collaboration_number

)

select * from final
