-- One row per month of orders and pair of states that a journey of theirs went between in one step: how many
-- times, and by how many that sold and had met two collaborations or more. States are collaborations,
-- `start`, and the two ends, `sold` and `lost`.
{{ config(materialized='incremental', pre_hook="{{ forget_touched_months() }}") }}
with touches as (

    select
        touches.*,
        {{ month_learnt_from('touches') }} as order_month
    from {{ ref('int_order_touches') }} as touches
    where {{ is_in_touched_month('touches') }}

),

journeys as (

    select touches.*
    from touches
    where {{ is_in_window('touches', journey_days()) }}
    qualify {{ speaks_up('touches') }}

),

ordered as (

    select
        journeys.*,
        lag(journeys.collaboration_id) over journey as next_collaboration_id,
        lead(journeys.collaboration_id) over journey is null as is_first,
        journeys.is_converting
        and min(journeys.collaboration_id) over (partition by journeys.order_id)
        != max(journeys.collaboration_id) over (partition by journeys.order_id) as is_shared
    from journeys
    window journey as (partition by journeys.order_id order by journeys.place)

),

steps as (

    select
        ordered.order_month,
        'collaboration' as from_kind,
        ordered.collaboration_id as from_state,
        case
            when ordered.next_collaboration_id is not null then 'collaboration'
            when ordered.is_converting then 'sold'
            else 'lost'
        end as to_kind,
        ordered.next_collaboration_id as to_state,
        ordered.is_shared
    from ordered
    union all
    select
        ordered.order_month,
        'start' as from_kind,
        null as from_state,
        'collaboration' as to_kind,
        ordered.collaboration_id as to_state,
        ordered.is_shared
    from ordered
    where ordered.is_first

),

final as (

    select
        steps.order_month,
        steps.from_kind,
        steps.from_state,
        steps.to_kind,
        steps.to_state,
        count(*) as journeys,
        count(*) filter (where steps.is_shared) as shared_journeys
    from steps
    group by steps.order_month, steps.from_kind, steps.from_state, steps.to_kind, steps.to_state

)

select * from final
