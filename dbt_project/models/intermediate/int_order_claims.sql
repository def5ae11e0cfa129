-- One row per order and claim on it, from every kind of evidence.
with claims as (

    select * from {{ ref('int_order_code_claims') }}
    union all
    select * from {{ ref('int_order_visit_claims') }}
    union all
    select * from {{ ref('int_order_affiliate_claims') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

evidence_types as (

    select * from {{ ref('evidence_types') }}

),

final as (

    select
        claims.order_id,
        claims.ordered_at,
        claims.evidence,
        evidence_types.precedence,
        evidence_types.is_commissionable,
        claims.claim,
        claims.collaboration_id,
        claims.touched_at,
        'order_' || orders.not_countable_because as order_excluded_because,
        claims.excluded_because as claim_excluded_because,
        coalesce(order_excluded_because, claim_excluded_because) as excluded_because
    from claims
    inner join orders on claims.order_id = orders.order_id
    inner join evidence_types on claims.evidence = evidence_types.evidence

)

select * from final
