-- Each row is an order whose winning claim is of another collaboration than the one credited by last
-- touch in the default window: evidence and credits follow two rules.
with attribution as (

    select distinct settings.lookback_days
    from {{ ref('int_attribution_settings') }} as settings
    where settings.is_default

),

credits as (

    select * from {{ ref('fct_order_credits') }}
    where attribution_model = 'last_touch'

),

winners as (

    select evidence.*
    from {{ ref('fct_order_evidence') }} as evidence
    -- a brand may leave last touch out
    where evidence.reason = 'won' and (select count(*) from credits) > 0

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
