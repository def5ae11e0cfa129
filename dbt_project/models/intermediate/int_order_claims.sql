-- One row per order and claim on it, from every kind of evidence.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_claims') }}"
) }}
with claims as (

    {{ rows_of_orders('int_order_code_claims', 'touched_claims') }}
    union all
    {{ rows_of_orders('int_order_visit_claims', 'touched_claims') }}
    union all
    {{ rows_of_orders('int_order_affiliate_claims', 'touched_claims') }}
    union all
    {{ rows_of_orders('int_order_survey_claims', 'touched_claims') }}

),

orders as (

    {{ rows_of_orders('int_orders', 'touched_claims') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

evidence_types as (

    select * from {{ ref('evidence_types') }}

),

dated as (

    select
        claims.*,
        coalesce(
            claims.excluded_because,
            case
                when {{ local_date('claims.touched_at', 'settings.time_zone') }} < collaborations.starts_on
                    then 'before_collaboration'
            end
        ) as own_excluded_because
    from claims
    cross join settings
    left join collaborations on claims.collaboration_id = collaborations.collaboration_id

),

final as (

    select
        dated.order_id,
        dated.ordered_at,
        dated.evidence,
        evidence_types.precedence,
        evidence_types.is_commissionable,
        dated.claim,
        dated.collaboration_id,
        dated.touched_at,
        case
            -- no money to credit, though somebody may have earned it
            when orders.quarantine_reason is not null then 'order_unread'
            else 'order_' || orders.not_countable_because
        end as order_excluded_because,
        dated.own_excluded_because as claim_excluded_because,
        coalesce(order_excluded_because, claim_excluded_because) as excluded_because
    from dated
    inner join orders on dated.order_id = orders.order_id
    inner join evidence_types on dated.evidence = evidence_types.evidence

)

select * from final
