-- Each row is an order whose winning claim is of another collaboration than the one credited by last
-- touch in the default window: evidence and credits follow two rules.
with attribution as (

    select distinct settings.lookback_days
    from {{ ref('int_attribution_settings') }} as settings
    where settings.is_default

),

-- a brand may leave last touch out
last_touch as (

    select * from {{ ref('int_attribution_settings') }}
    where attribution_model = 'last_touch'

),

credits as (

    select * from {{ ref('fct_order_credits') }}
    where attribution_model = 'last_touch' and {{ is_tested(orders='touched_claims') }}

),

winners as (

    select evidence.*
    from {{ ref('fct_order_evidence') }} as evidence
    where
        evidence.reason = 'won'
        and {{ is_tested(orders='touched_claims') }}
        and exists (select 1 from last_touch)

),

credited as (

    select
        credits.order_id,
        credits.collaboration_id
    from credits
    inner join attribution on credits.lookback_days = attribution.lookback_days

)

select
    winners.collaboration_id as winning_collaboration_id,
    credited.collaboration_id as credited_collaboration_id,
    coalesce(winners.order_id, credited.order_id) as order_id
from winners
full outer join credited on winners.order_id = credited.order_id
where winners.collaboration_id is distinct from credited.collaboration_id
