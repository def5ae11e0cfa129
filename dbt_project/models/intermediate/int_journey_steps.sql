-- One row per pair of states that a journey went between in one step: how many times. States are
-- collaborations, `start`, and the two ends, `sold` and `lost`.
{{ config(materialized='view') }}
with touches as (

    select touches.*
    from {{ ref('int_order_touches') }} as touches
    where {{ is_in_window('touches', journey_days()) }}
    qualify {{ speaks_up('touches') }}

),

ordered as (

    select
        touches.*,
        lag(touches.collaboration_id) over journey as next_collaboration_id,
        lead(touches.collaboration_id) over journey is null as is_first
    from touches
    window journey as (partition by touches.order_id order by touches.place)

),

steps as (

    select
        'collaboration' as from_kind,
        ordered.collaboration_id as from_state,
        case
            when ordered.next_collaboration_id is not null then 'collaboration'
            when ordered.is_converting then 'sold'
            else 'lost'
        end as to_kind,
        ordered.next_collaboration_id as to_state
    from ordered
    union all
    select
        'start' as from_kind,
        null as from_state,
        'collaboration' as to_kind,
        ordered.collaboration_id as to_state
    from ordered
    where ordered.is_first

),

final as (

    select
        steps.from_kind,
        steps.from_state,
        steps.to_kind,
        steps.to_state,
        count(*) as journeys
    from steps
    group by steps.from_kind, steps.from_state, steps.to_kind, steps.to_state

)

select * from final
