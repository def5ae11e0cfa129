-- One row per collaboration, day, cost type and recognition (cash, accrual, spread).
with cost_lines as (

    select * from {{ ref('int_cost_lines') }}
    where quarantine_reason is null

),

commissions as (

    select * from {{ ref('int_commissions') }}

),

spread_days as (

    select
        cost_lines.*,
        unnest(generate_series(cost_lines.first_day, cost_lines.last_day, interval 1 day))::date as date_day,
        (cost_lines.cost * 100)::bigint as cents,
        cost_lines.last_day - cost_lines.first_day + 1 as days
    from cost_lines

),

-- a commission arises with its order; nothing tells when it is paid
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
        cost_lines.collaboration_id,
        cost_lines.campaign_id,
        cost_lines.influencer_id,
        cost_lines.incurred_on as date_day,
        cost_lines.cost_type,
        'accrual' as recognition,
        cost_lines.cost,
        cost_lines.currency_code
    from cost_lines

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

final as (

    select
        recognised.collaboration_id,
        recognised.campaign_id,
        recognised.influencer_id,
        recognised.date_day,
        recognised.cost_type,
        recognised.recognition,
        sum(recognised.cost)::decimal(18, 2) as cost,
        any_value(recognised.currency_code) as currency_code
    from recognised
    group by
        recognised.collaboration_id,
        recognised.campaign_id,
        recognised.influencer_id,
        recognised.date_day,
        recognised.cost_type,
        recognised.recognition

)

select * from final
