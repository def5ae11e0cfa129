-- One row per order and claim on it, judged under last touch in the default window.
{{ config(materialized='view') }}
with claims as (

    select * from {{ ref('int_order_claims') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}
    where is_default

),

windowed as (

    select
        claims.*,
        coalesce(
            claims.excluded_because,
            case
                when
                    not coalesce({{ is_in_window('claims', 'attribution.lookback_days') }}, false)
                    then 'outside_window'
            end
        ) as ineligible_because
    from claims
    cross join attribution

),

ranked as (

    select
        windowed.*,
        row_number() over (eligible_first) as place,
        first_value(windowed.touched_at) over (eligible_first) as winner_touched_at,
        first_value(windowed.precedence) over (eligible_first) as winner_precedence
    from windowed
    window eligible_first as (
        partition by windowed.order_id
        order by
            windowed.ineligible_because is null desc,
            {{ last_touch_first('windowed') }}
    )

),

final as (

    select
        ranked.order_id,
        ranked.ordered_at,
        ranked.collaboration_id,
        ranked.evidence,
        ranked.claim,
        ranked.touched_at,
        ranked.is_commissionable,
        ranked.ineligible_because is null as is_eligible,
        case
            when ranked.ineligible_because is not null then ranked.ineligible_because
            when ranked.place = 1 then 'won'
            when ranked.touched_at < ranked.winner_touched_at then 'lost_to_later_touch'
            when ranked.precedence > ranked.winner_precedence then 'lost_to_stronger_evidence'
            else 'lost_by_tie'
        end as reason
    from ranked

)

select * from final
