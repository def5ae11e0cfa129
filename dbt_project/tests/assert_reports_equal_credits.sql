-- Each row is a campaign whose report says another net revenue than the credits it comes from:
-- a join has doubled or dropped credits.
with credits as (

    select
        credits.campaign_id,
        credits.attribution_model,
        credits.lookback_days,
        sum(credits.net_revenue) as net_revenue
    from {{ ref('fct_order_credits') }} as credits
    where credits.campaign_id is not null
    group by credits.campaign_id, credits.attribution_model, credits.lookback_days

),

by_campaign as (

    select * from {{ ref('rpt_campaign_roi') }}

),

by_influencer as (

    select
        report.campaign_id,
        report.attribution_model,
        report.lookback_days,
        sum(report.net_revenue) as net_revenue,
        sum(report.cost) as cost,
        count(*) = count(report.cost) as is_cost_known
    from {{ ref('rpt_influencer_roi') }} as report
    group by report.campaign_id, report.attribution_model, report.lookback_days

)

select
    by_campaign.campaign_id,
    by_campaign.net_revenue,
    by_influencer.net_revenue as influencers_net_revenue,
    credits.net_revenue as credited_net_revenue
from by_campaign
left join by_influencer
    on
        by_campaign.campaign_id = by_influencer.campaign_id
        and by_campaign.attribution_model = by_influencer.attribution_model
        and by_campaign.lookback_days = by_influencer.lookback_days
left join credits
    on
        by_campaign.campaign_id = credits.campaign_id
        and by_campaign.attribution_model = credits.attribution_model
        and by_campaign.lookback_days = credits.lookback_days
where
    by_campaign.net_revenue is distinct from by_influencer.net_revenue
    or by_campaign.net_revenue is distinct from coalesce(credits.net_revenue, by_campaign.net_revenue * 0)
    or (by_influencer.is_cost_known and by_campaign.cost is distinct from by_influencer.cost)
