-- One row per collaboration on a journey: its removal effect as the whole number it weighs, null while
-- too few journeys met two collaborations or more.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with effects as (

    select * from {{ ref('int_removal_effects') }}

),

touches as (

    select touches.*
    from {{ ref('int_order_touches') }} as touches
    where {{ is_in_window('touches', journey_days()) }}
    qualify {{ speaks_up('touches') }}

),

shared as (

    select touches.order_id
    from touches
    where touches.is_converting
    group by touches.order_id
    having count(distinct touches.collaboration_id) > 1

),

known as (

    select count(*) as shared_journeys from shared

),

final as (

    select
        effects.collaboration_id::varchar as collaboration_id,
        effects.removal_effect::double as removal_effect,
        known.shared_journeys,
        -- ten digits are more than the solve is good for, and do not change with the machine
        case
            when known.shared_journeys >= {{ least_shared_journeys() }} and effects.removal_effect > 0
                then greatest(round(effects.removal_effect * 1e10), 1)::bigint
        end as effect_weight
    from effects
    cross join known

)

select * from final
