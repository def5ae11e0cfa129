-- One row per order, attribution model, window and credited collaboration, plus one for the
-- unattributed rest of an order, whose collaboration is null.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_on'},
    pre_hook=[
        "{{ list_changed_effects() }}",
        "{{ list_credited_orders() }}",
        "{{ list_days_of_credited_orders() }}",
        "{{ forget_credits() }}"
    ]
) }}
with orders as (

    select
        orders.*,
        {{ is_listed('orders.order_id', 'touched_claims') }} as is_touched
    from ({{ rows_of_orders('int_orders', 'credited_orders') }}) as orders
    where orders.quarantine_reason is null and orders.is_countable

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

touches as (

    select
        touches.order_id,
        touches.ordered_at,
        touches.touched_at,
        touches.place,
        touches.instant_place,
        touches.decay_weight,
        touches.is_answer,
        collaborations.collaboration_number,
        effects.effect_weight
    from ({{ rows_of_orders('int_order_touches', 'credited_orders') }}) as touches
    inner join collaborations on touches.collaboration_id = collaborations.collaboration_id
    left join effects
        on
            touches.collaboration_id = effects.collaboration_id
            and {{ month_learnt_from('touches') }} = effects.order_month
    where touches.is_converting

),

models as (

    select distinct attribution.attribution_model from attribution

),

windows as (

    select distinct attribution.lookback_days from attribution

),

-- windows are nested, so a window holds the first touches counted back from the order: its path is
-- told by their number, and many windows share one; a survey's answer speaks where nothing else does
counted as (

    select
        touches.order_id,
        windows.lookback_days,
        bool_and(touches.is_answer) as is_answer,
        coalesce(max(touches.place) filter (where not touches.is_answer), max(touches.place)) as path_length,
        coalesce(max(touches.instant_place) filter (where not touches.is_answer), max(touches.instant_place))
            as first_place
    from touches
    inner join windows on {{ is_in_window('touches', 'windows.lookback_days') }}
    group by touches.order_id, windows.lookback_days

),

paths as (

    select
        counted.order_id,
        counted.is_answer,
        counted.path_length,
        counted.first_place,
        list(counted.lookback_days) as windows,
        row_number() over () as path_number
    from counted
    group by counted.order_id, counted.is_answer, counted.path_length, counted.first_place

),

weighed as (

    select
        paths.path_number,
        touches.collaboration_number,
        {{ model_weights('paths', 'touches', 'touches') }}
    from paths
    inner join touches
        on
            paths.order_id = touches.order_id
            and paths.is_answer = touches.is_answer
            and paths.path_length >= touches.place
    group by paths.path_number, touches.collaboration_number

),

-- a path's collaborations in their order, each with what it weighs under every model
shared as (

    select
        weighed.path_number,
        bool_or(weighed.data_driven is null) as is_unknown,
        {{ members_in_order('weighed') }} as members
    from weighed
    group by weighed.path_number

),

-- each model turns the touches of a path into weights; a path with a removal effect that is not known
-- is credited as by linear, and says so
modelled as (

    select
        orders.order_id,
        paths.windows,
        models.attribution_model,
        models.attribution_model = 'data_driven' and shared.is_unknown as is_fallback,
        {{ field_of('shared.members', 'collaboration_number') }} as numbers,
        {{ weights_of_model('models', 'shared.members', 'shared.is_unknown') }} as weights,
        1 as credit_share,
        orders.net_revenue,
        orders.gross_revenue,
        orders.ordered_on,
        orders.currency_code,
        orders.is_new_customer,
        orders.is_fully_refunded,
        orders.is_settled
    from shared
    inner join paths on shared.path_number = paths.path_number
    inner join orders on paths.order_id = orders.order_id
    {{ join_models_to_credit('orders') }}

),

allocated as (

    {{ allocate(
        relation='modelled',
        amounts=[
            {'name': 'credit_share', 'places': 10, 'type': 'decimal(12, 10)'},
            {'name': 'net_revenue', 'places': 2, 'type': 'decimal(18, 2)'},
            {'name': 'gross_revenue', 'places': 2, 'type': 'decimal(18, 2)'}
        ],
        members='numbers',
        weights='weights'
    ) }}

),

credited as (

    select
        allocated.* exclude (windows),
        unnest(allocated.windows) as lookback_days
    from allocated
    where allocated.weight > 0

),

final as (

    select
        credited.order_id,
        credited.ordered_on,
        credited.attribution_model,
        credited.lookback_days,
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        credited.credit_share,
        credited.net_revenue,
        credited.gross_revenue,
        credited.currency_code,
        credited.is_new_customer,
        credited.is_fully_refunded,
        credited.is_settled,
        credited.is_fallback
    from credited
    inner join collaborations on credited.member = collaborations.collaboration_number
    union all
    -- an order without a touch keeps all of itself as the rest
    select
        orders.order_id,
        orders.ordered_on,
        models.attribution_model,
        windows.lookback_days,
        null as collaboration_id,
        null as campaign_id,
        null as influencer_id,
        1::decimal(12, 10) as credit_share,
        orders.net_revenue,
        orders.gross_revenue,
        orders.currency_code,
        orders.is_new_customer,
        orders.is_fully_refunded,
        orders.is_settled,
        false as is_fallback
    from orders
    cross join windows
    left join counted
        on orders.order_id = counted.order_id and windows.lookback_days = counted.lookback_days
    {{ join_models_to_credit('orders') }}
    where counted.order_id is null

)

select * from final
