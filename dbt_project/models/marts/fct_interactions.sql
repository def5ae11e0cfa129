-- One row per contact with an influencer.
with interactions as (

    select * from {{ ref('stg_plan__interactions') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

final as (

    select
        interactions.interaction_id,
        interactions.influencer_id,
        interactions.happened_on,
        interactions.kind,
        interactions.happened_on - lag(interactions.happened_on) over (
            partition by interactions.influencer_id
            order by interactions.happened_on, interactions.interaction_id
        ) as days_since_previous,
        interactions.happened_on > settings.as_of_date as is_planned
    from interactions
    cross join settings

)

select * from final
