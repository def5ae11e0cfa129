-- One row per collaboration, day, cost type and recognition (cash, accrual, spread).
with costs as (

    select * from {{ ref('int_costs_recognised') }}

),

final as (

    select
        costs.collaboration_id,
        costs.campaign_id,
        costs.influencer_id,
        costs.date_day,
        costs.cost_type,
        costs.recognition,
        costs.cost,
        costs.currency_code
    from costs

)

select * from final
