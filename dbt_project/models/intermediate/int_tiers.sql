-- One row per tier, with its bounds of followers (lower included, upper excluded).
with settings as (

    select * from {{ ref('int_settings') }}

),

bounds as (

    select unnest(map_entries(settings.tiers)) as bound
    from settings

),

final as (

    select
        bounds.bound.key as tier,
        bounds.bound.value as followers_from,
        -- the highest tier ends above every count
        coalesce(lead(bounds.bound.value) over (order by bounds.bound.value), 9223372036854775807)
            as followers_below
    from bounds

)

select * from final
