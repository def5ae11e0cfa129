-- One row per month of orders and collaboration on a journey it learns from: its removal effect as the whole
-- number it weighs, null while too few journeys met two collaborations or more.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with effects as (

    select * from {{ ref('int_removal_effects') }}

),

final as (

    select
        effects.order_month::date as order_month,
        effects.collaboration_id::varchar as collaboration_id,
        effects.removal_effect::double as removal_effect,
        effects.shared_journeys::bigint as shared_journeys,
        -- ten digits are more than the solve is good for, and do not change with the machine
        case
            when effects.shared_journeys >= {{ least_shared_journeys() }} and effects.removal_effect > 0
                then greatest(round(effects.removal_effect * 1e10), 1)::bigint
        end as effect_weight
    from effects

)

select * from final
