-- One row per order and claim on it. Eligible claims may earn credit in the default window.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_claims') }}"
) }}
with claims as (

    {{ rows_of_orders('int_order_claims_judged', 'touched_claims') }}

),

final as (

    select
        claims.order_id,
        claims.ordered_at,
        claims.collaboration_id,
        claims.evidence,
        claims.claim,
        claims.touched_at,
        claims.is_eligible,
        claims.reason
    from claims

)

select * from final
