-- One row per order and claim on it. Eligible claims may earn credit in the default window.
with claims as (

    select * from {{ ref('int_order_claims_judged') }}

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
