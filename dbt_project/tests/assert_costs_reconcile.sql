-- Each row is a cost that two places tell differently: what is owed is not what was incurred less what was
-- paid, or the reconciliation holds another cost than the days.
with reconciliation as (

    select * from {{ ref('rpt_cost_reconciliation') }}
    where lines_unread = 0

),

settings as (

    select * from {{ ref('int_settings') }}

),

days as (

    select
        costs.collaboration_id,
        costs.cost_type,
        sum(costs.cost) filter (where costs.recognition = 'accrual') as incurred,
        sum(costs.cost) filter (where costs.recognition = 'cash') as paid,
        sum(costs.cost) filter (where costs.recognition = 'spread') as spread
    from {{ ref('fct_costs_daily') }} as costs
    inner join settings on costs.date_day <= settings.as_of_date
    group by costs.collaboration_id, costs.cost_type

)

select
    reconciliation.collaboration_id,
    reconciliation.cost_type,
    reconciliation.incurred,
    reconciliation.paid,
    reconciliation.spread
from reconciliation
left join days
    on
        reconciliation.collaboration_id = days.collaboration_id
        and reconciliation.cost_type = days.cost_type
where
    reconciliation.incurred - reconciliation.paid != reconciliation.still_open - reconciliation.overpaid
    or reconciliation.incurred != coalesce(days.incurred, 0)
    or reconciliation.paid != coalesce(days.paid, 0)
    or reconciliation.spread != coalesce(days.spread, 0)
    or reconciliation.provisional > reconciliation.incurred
