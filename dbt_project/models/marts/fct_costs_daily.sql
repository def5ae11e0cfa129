-- One row per collaboration, day, cost type and recognition (cash, accrual, spread).
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_order_days('days_of_touched_costs') }}"
) }}
with costs as (

    select * from {{ ref('int_costs_recognised') }}
    where {{ is_day_listed('date_day', 'days_of_touched_costs') }}

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
