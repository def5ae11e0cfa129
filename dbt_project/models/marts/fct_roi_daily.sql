-- One row per campaign, influencer and day with orders or cost, in the default model and window.
with credits as (

    select * from {{ ref('fct_order_credits') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}
    where is_default

),

costs as (

    select * from {{ ref('int_costs_recognised') }}
    where recognition = 'spread'

),

costs_to_date as (

    select * from {{ ref('int_costs_to_date') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

credited as (

    select
        credits.campaign_id,
        credits.influencer_id,
        credits.ordered_on as date_day,
        sum(credits.credit_share)::decimal(18, 4) as orders,
        sum(credits.net_revenue)::decimal(18, 2) as net_revenue
    from credits
    inner join attribution
        on
            credits.attribution_model = attribution.attribution_model
            and credits.lookback_days = attribution.lookback_days
    where credits.collaboration_id is not null
    group by credits.campaign_id, credits.influencer_id, credits.ordered_on

),

spent as (

    select
        costs.campaign_id,
        costs.influencer_id,
        costs.date_day,
        sum(costs.cost)::decimal(18, 2) as cost
    from costs
    inner join settings on costs.date_day <= settings.as_of_date
    group by costs.campaign_id, costs.influencer_id, costs.date_day

),

-- whose cost holds a line that could not be converted
incomplete as (

    select distinct
        costs_to_date.campaign_id,
        costs_to_date.influencer_id
    from costs_to_date
    where not costs_to_date.is_complete

),

joined as (

    select
        coalesce(credited.campaign_id, spent.campaign_id) as campaign_id,
        coalesce(credited.influencer_id, spent.influencer_id) as influencer_id,
        coalesce(credited.date_day, spent.date_day) as date_day,
        coalesce(credited.orders, settings.none_sold) as orders,
        coalesce(credited.net_revenue, settings.none_sold) as net_revenue,
        coalesce(spent.cost, 0) as known_cost,
        settings.reporting_currency as currency_code
    from credited
    full outer join spent
        on
            credited.campaign_id = spent.campaign_id
            and credited.influencer_id = spent.influencer_id
            and credited.date_day = spent.date_day
    cross join settings

),

final as (

    select
        joined.campaign_id,
        joined.influencer_id,
        joined.date_day,
        joined.orders,
        joined.net_revenue,
        case when incomplete.campaign_id is null then joined.known_cost end as cost,
        case
            when incomplete.campaign_id is null
                then (joined.net_revenue * campaigns.contribution_margin - joined.known_cost)::decimal(18, 2)
        end as contribution,
        joined.currency_code
    from joined
    left join incomplete
        on
            joined.campaign_id = incomplete.campaign_id
            and joined.influencer_id = incomplete.influencer_id
    left join campaigns on joined.campaign_id = campaigns.campaign_id

)

select * from final
