-- One row per order and touch on it: a collaboration at an instant, whatever kinds of evidence speak
-- of it. `place` counts back from the order. A survey's answer has no time of its own: it counts, with
-- places of its own, in the windows that hold nothing else.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook=["{{ list_months_before() }}", "{{ forget_orders('touched_claims') }}"],
    post_hook="{{ list_touched_months() }}"
) }}
with claims as (

    {{ rows_of_orders('int_order_claims', 'touched_claims') }}

),

attribution as (

    -- removal effects are learnt from longer journeys than a short window credits
    select
        max(
            case
                when settings.attribution_model = 'data_driven'
                    then greatest(settings.lookback_days, {{ journey_days() }})
                else settings.lookback_days
            end
        ) as longest_days
    from {{ ref('int_attribution_settings') }} as settings

),

touches as (

    select
        claims.order_id,
        claims.collaboration_id,
        claims.touched_at,
        any_value(claims.ordered_at) as ordered_at,
        any_value(claims.order_excluded_because) is null as is_converting,
        min(claims.precedence) as precedence,
        bool_and(claims.evidence = 'survey') as is_answer
    from claims
    cross join attribution
    where
        claims.claim_excluded_because is null
        -- the journey of a test is nobody's; one that was cancelled is a journey that sold nothing
        and coalesce(claims.order_excluded_because, '') not in ('order_test', 'order_unread')
        and {{ is_in_window('claims', 'attribution.longest_days') }}
    group by claims.order_id, claims.collaboration_id, claims.touched_at

),

final as (

    select
        touches.order_id,
        touches.ordered_at,
        touches.collaboration_id,
        touches.touched_at,
        touches.is_converting,
        touches.is_answer,
        row_number() over (
            partition by touches.order_id, touches.is_answer
            order by touches.touched_at desc, touches.precedence asc, touches.collaboration_id asc
        ) as place,
        -- the place of the strongest touch of the same instant
        rank() over (
            partition by touches.order_id, touches.is_answer order by touches.touched_at desc
        ) as instant_place,
        {{ decay_weight(
            'max(touches.touched_at) over (partition by touches.order_id, touches.is_answer) - touches.touched_at'
        ) }} as decay_weight
    from touches

)

select * from final
