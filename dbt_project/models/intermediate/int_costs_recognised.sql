-- One row per collaboration, day, cost type and recognition (cash, accrual, spread).
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook=["{{ list_days_of_touched_costs() }}", "{{ forget_order_days('days_of_touched_costs') }}"]
) }}
with cost_lines as (

    select * from {{ ref('int_cost_lines') }}
    where quarantine_reason is null

),

-- what was paid of a commission; what it costs follows from the orders
cost_lines_incurred as (

    select * from cost_lines
    where cost_type != 'commission'

),

commissions as (

    select * from {{ ref('int_commissions') }}
    where {{ is_day_listed('date_day', 'days_of_touched_costs') }}

),

spread_days as (

    select
        incurred.*,
        unnest(generate_series(incurred.first_day, incurred.last_day, interval 1 day))::date as date_day,
        (incurred.cost * 100)::bigint as cents,
        incurred.last_day - incurred.first_day + 1 as days
    from cost_lines_incurred as incurred

),

-- a commission arises with its order; its payouts are lines of the plan
earned_recognitions as (

    select unnest(['accrual', 'spread']) as recognition

),

recognised as (

    select
        cost_lines.collaboration_id,
        cost_lines.campaign_id,
        cost_lines.influencer_id,
        cost_lines.paid_on as date_day,
        cost_lines.cost_type,
        'cash' as recognition,
        cost_lines.cost,
        cost_lines.currency_code
    from cost_lines
    where cost_lines.paid_on is not null

    union all

    select
        incurred.collaboration_id,
        incurred.campaign_id,
        incurred.influencer_id,
        incurred.incurred_on as date_day,
        incurred.cost_type,
        'accrual' as recognition,
        incurred.cost,
        incurred.currency_code
    from cost_lines_incurred as incurred

    union all

    -- equal parts; the cents that do not divide go to the first days
    select
        spread_days.collaboration_id,
        spread_days.campaign_id,
        spread_days.influencer_id,
        spread_days.date_day,
        spread_days.cost_type,
        'spread' as recognition,
        (
            spread_days.cents // spread_days.days
            + (spread_days.date_day - spread_days.first_day < spread_days.cents % spread_days.days)::integer
        )::decimal(18, 0) * 0.01::decimal(3, 2) as cost,
        spread_days.currency_code
    from spread_days

    union all

    select
        commissions.collaboration_id,
        commissions.campaign_id,
        commissions.influencer_id,
        commissions.date_day,
        'commission' as cost_type,
        recognitions.recognition,
        commissions.cost,
        commissions.currency_code
    from commissions
    cross join earned_recognitions as recognitions

),

touched as (

    select * from recognised
    where {{ is_day_listed('date_day', 'days_of_touched_costs') }}

),

final as (

    select
        touched.collaboration_id,
        touched.campaign_id,
        touched.influencer_id,
        touched.date_day,
        touched.cost_type,
        touched.recognition,
        sum(touched.cost)::decimal(18, 2) as cost,
        any_value(touched.currency_code) as currency_code
    from touched
    group by
        touched.collaboration_id,
        touched.campaign_id,
        touched.influencer_id,
        touched.date_day,
        touched.cost_type,
        touched.recognition

)

select * from final
