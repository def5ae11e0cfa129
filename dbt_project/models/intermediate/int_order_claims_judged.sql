-- One row per order and claim on it, judged under last touch in the default window.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_claims') }}"
) }}
with claims as (

    select * from ({{ rows_of_orders('int_order_claims', 'touched_claims') }})
    where order_excluded_because is distinct from 'order_unread'

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

-- an answer has no time of its own; it speaks where nothing else does
heard as (

    select
        windowed.* replace (
            coalesce(
                windowed.ineligible_because,
                case
                    when
                        windowed.evidence = 'survey'
                        and bool_or(windowed.ineligible_because is null and windowed.evidence != 'survey')
                            over (partition by windowed.order_id)
                        then 'survey_beside_touch'
                end
            ) as ineligible_because
        )
    from windowed

),

ranked as (

    select
        heard.*,
        row_number() over (eligible_first) as place,
        first_value(heard.touched_at) over (eligible_first) as winner_touched_at,
        first_value(heard.precedence) over (eligible_first) as winner_precedence
    from heard
    window eligible_first as (
        partition by heard.order_id
        order by
            heard.ineligible_because is null desc,
            {{ last_touch_first('heard') }}
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
