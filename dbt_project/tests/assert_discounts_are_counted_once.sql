-- Each row is a day of an influencer whose contribution is not net revenue x margin - spread cost: what the
-- codes gave, which net revenue is already without, was taken off a second time or counted as cost.
with days as (

    select * from {{ ref('fct_roi_daily') }}
    where cost is not null

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

costs as (

    select
        costs.campaign_id,
        costs.influencer_id,
        costs.date_day,
        sum(costs.cost) as cost
    from {{ ref('fct_costs_daily') }} as costs
    where costs.recognition = 'spread'
    group by costs.campaign_id, costs.influencer_id, costs.date_day

)

select
    days.campaign_id,
    days.influencer_id,
    days.date_day,
    days.cost,
    days.contribution,
    days.discount_given
from days
inner join campaigns on days.campaign_id = campaigns.campaign_id
left join costs
    on
        days.campaign_id = costs.campaign_id
        and days.influencer_id = costs.influencer_id
        and days.date_day = costs.date_day
where
    days.cost != coalesce(costs.cost, 0)
    or abs(days.contribution - (days.net_revenue * campaigns.contribution_margin - days.cost)) > 0.005
