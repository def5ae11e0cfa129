-- One row per order and kind of conflict between the claims on it, with who was credited by last touch
-- and why.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_claims') }}"
) }}
with claims as (

    {{ rows_of_orders('int_order_claims_judged', 'touched_claims') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

named as (

    select
        claims.*,
        collaborations.influencer_id,
        claims.evidence || ' ' || coalesce(claims.claim, '?') || ': '
        || coalesce(claims.collaboration_id, 'nobody') || ', ' || claims.reason as told
    from claims
    left join collaborations on claims.collaboration_id = collaborations.collaboration_id

),

winners as (

    select * from named
    where named.reason = 'won'

),

by_order as (

    select
        named.order_id,
        any_value(named.ordered_at) as ordered_at,
        count(distinct named.collaboration_id) filter (where named.is_eligible and named.evidence = 'code')
            as coded,
        count(distinct named.collaboration_id) filter (where named.is_eligible and named.evidence != 'code')
            as touched,
        count(distinct named.influencer_id) filter (where named.is_eligible) as influencers,
        count(distinct named.collaboration_id) filter (where named.is_eligible) as collaborations,
        bool_or(starts_with(named.reason, 'ambiguous_')) as has_shared_sign,
        string_agg(named.told, '; ' order by named.touched_at, named.evidence, named.claim) as claims
    from named
    group by named.order_id

),

kinds as (

    select
        by_order.*,
        unnest(
            list_filter(
                [
                    -- one code, link or utm that two deals had on that day
                    case when by_order.has_shared_sign then 'shared_sign' end,
                    case when by_order.coded > 1 then 'several_codes' end,
                    case
                        when by_order.influencers > 1 and by_order.coded > 0 and by_order.touched > 0
                            then 'code_against_touch'
                    end,
                    case when by_order.touched > 1 and by_order.influencers > 1 then 'several_touches' end,
                    case
                        when by_order.influencers = 1 and by_order.collaborations > 1
                            then 'deals_of_one_influencer'
                    end
                ],
                lambda kind: kind is not null
            )
        ) as conflict
    from by_order

),

-- the strongest reason for which another collaboration lost
decided as (

    select
        named.order_id,
        arg_min(
            named.reason,
            list_position(
                ['lost_by_tie', 'lost_to_stronger_evidence', 'lost_to_later_touch'], named.reason
            )
        ) as losing_reason
    from named
    inner join winners on named.order_id = winners.order_id
    where named.is_eligible and named.collaboration_id != winners.collaboration_id
    group by named.order_id

),

final as (

    select
        kinds.order_id,
        kinds.ordered_at,
        kinds.conflict,
        kinds.claims,
        winners.collaboration_id as credited_collaboration_id,
        winners.evidence as credited_evidence,
        case
            when winners.order_id is null then 'nobody_eligible'
            when kinds.conflict = 'shared_sign' then 'others_were_clear'
            when decided.losing_reason = 'lost_to_later_touch' then 'later_touch'
            when decided.losing_reason = 'lost_to_stronger_evidence' then 'stronger_evidence'
            when decided.losing_reason = 'lost_by_tie' then 'first_by_name'
        end as decided_by
    from kinds
    left join winners on kinds.order_id = winners.order_id
    left join decided on kinds.order_id = decided.order_id

)

select * from final
