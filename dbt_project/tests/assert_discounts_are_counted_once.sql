-- Each row is a figure that is not what orders and the plan's own costs say: net revenue is already without
-- what the codes gave, so a discount that entered cost or contribution as well would be counted twice.
with cost_lines as (

    select * from {{ ref('int_cost_lines') }}
    where quarantine_reason is null and cost_type != 'commission'

),

commissions as (

    select * from {{ ref('int_commissions') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

-- a line that is still being spread counts by its days; cents that do not divide go to the first of them,
-- so it is ahead of its equal parts by a quarter of a cent a day at most
plan_costs as (

    select
        cost_lines.collaboration_id,
        cost_lines.cost
        * greatest(least(settings.as_of_date, cost_lines.last_day) - cost_lines.first_day + 1, 0)
        / (cost_lines.last_day - cost_lines.first_day + 1) as cost,
        0.01 + 0.0025 * (cost_lines.last_day - cost_lines.first_day + 1) as rounding
    from cost_lines
    cross join settings
    union all
    select
        commissions.collaboration_id,
        commissions.cost,
        0.01 as rounding
    from commissions
    inner join settings on commissions.date_day <= settings.as_of_date

),

influencers_due as (

    select
        collaborations.campaign_id,
        collaborations.influencer_id,
        coalesce(sum(plan_costs.cost), 0) as cost,
        coalesce(sum(plan_costs.rounding), 0) as rounding
    from collaborations
    left join plan_costs on collaborations.collaboration_id = plan_costs.collaboration_id
    group by collaborations.campaign_id, collaborations.influencer_id

),

due as (

    select * from influencers_due
    union all
    select
        influencers_due.campaign_id,
        null as influencer_id,
        sum(influencers_due.cost) as cost,
        sum(influencers_due.rounding) as rounding
    from influencers_due
    group by influencers_due.campaign_id

),

reports as (

    {%- set columns = 'net_revenue, cost, contribution, contribution_margin, discount_given' %}
    select
        'rpt_influencer_roi' as report,
        returns.campaign_id,
        returns.influencer_id,
        {{ columns_of('returns', columns.split(', ')) }}
    from {{ ref('rpt_influencer_roi') }} as returns
    union all
    select
        'rpt_campaign_roi' as report,
        returns.campaign_id,
        null as influencer_id,
        {{ columns_of('returns', columns.split(', ')) }}
    from {{ ref('rpt_campaign_roi') }} as returns

),

days as (

    select * from {{ ref('fct_roi_daily') }}

)

select
    reports.report,
    reports.campaign_id,
    reports.influencer_id,
    reports.cost,
    due.cost as cost_due,
    reports.contribution,
    reports.discount_given
from reports
left join due
    on
        reports.campaign_id = due.campaign_id
        and reports.influencer_id is not distinct from due.influencer_id
where
    reports.cost is not null
    and (
        due.cost is null
        or abs(reports.cost - due.cost) > due.rounding
        or abs(
            reports.contribution + reports.cost - reports.net_revenue * reports.contribution_margin
        ) > 0.006
    )
union all
select
    'fct_roi_daily' as report,
    days.campaign_id,
    days.influencer_id,
    days.cost,
    null as cost_due,
    days.contribution,
    days.discount_given
from days
inner join campaigns on days.campaign_id = campaigns.campaign_id
where abs(days.contribution + days.cost - days.net_revenue * campaigns.contribution_margin) > 0.006
