-- Each row is an order whose winning claim is of another collaboration than the one credited in the
-- default model and window: evidence and credits follow two rules.
with winners as (

    select * from {{ ref('fct_order_evidence') }}
    where reason = 'won'

),

credits as (

    select * from {{ ref('fct_order_credits') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}
    where is_default

),

credited as (

    select
        credits.order_id,
        credits.collaboration_id
    from credits
    inner join attribution
        on
            credits.attribution_model = attribution.attribution_model
            and credits.lookback_days = attribution.lookback_days

)

select
    winners.collaboration_id as winning_collaboration_id,
    credited.collaboration_id as credited_collaboration_id,
    coalesce(winners.order_id, credited.order_id) as order_id
from winners
full outer join credited on winners.order_id = credited.order_id
where winners.collaboration_id is distinct from credited.collaboration_id
