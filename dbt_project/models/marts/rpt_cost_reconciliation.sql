-- One row per collaboration and cost type up to as_of: the cost in its three recognitions side by side, and
-- what of it is still to be paid, was paid ahead or may still change.
with cost_lines as (

    select * from {{ ref('int_cost_lines') }}

),

costs as (

    select * from {{ ref('int_costs_recognised') }}

),

commissions as (

    select * from {{ ref('int_commissions') }}

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

recognised as (

    select
        costs.collaboration_id,
        costs.cost_type,
        coalesce(sum(costs.cost) filter (where costs.recognition = 'accrual'), 0) as incurred,
        coalesce(sum(costs.cost) filter (where costs.recognition = 'cash'), 0) as paid,
        coalesce(sum(costs.cost) filter (where costs.recognition = 'spread'), 0) as spread
    from costs
    inner join settings on costs.date_day <= settings.as_of_date
    group by costs.collaboration_id, costs.cost_type

),

-- line by line, so that one paid ahead does not hide one that is open; payouts have no line of their own
lines as (

    select
        cost_lines.collaboration_id,
        cost_lines.cost_type,
        coalesce(sum(cost_lines.cost) filter (
            where cost_lines.incurred_on <= settings.as_of_date
            and (cost_lines.paid_on is null or cost_lines.paid_on > settings.as_of_date)
        ), 0) as still_open,
        coalesce(sum(cost_lines.cost) filter (
            where cost_lines.incurred_on > settings.as_of_date
            and cost_lines.paid_on <= settings.as_of_date
        ), 0) as overpaid,
        coalesce(sum(cost_lines.cost) filter (
            where cost_lines.incurred_on > settings.as_of_date
            and (cost_lines.paid_on is null or cost_lines.paid_on > settings.as_of_date)
        ), 0) as planned,
        count(*) filter (where cost_lines.quarantine_reason is not null) as lines_unread
    from cost_lines
    cross join settings
    group by cost_lines.collaboration_id, cost_lines.cost_type

),

-- the refunds of these orders may still come
provisional as (

    select
        commissions.collaboration_id,
        sum(commissions.cost) as provisional
    from commissions
    inner join settings
        on
            {{ settles_on('commissions.date_day', 'settings') }} > settings.as_of_date
    group by commissions.collaboration_id

),

joined as (

    select
        coalesce(recognised.collaboration_id, lines.collaboration_id) as collaboration_id,
        coalesce(recognised.cost_type, lines.cost_type) as cost_type,
        coalesce(recognised.incurred, 0) as incurred,
        coalesce(recognised.paid, 0) as paid,
        coalesce(recognised.spread, 0) as spread,
        coalesce(lines.still_open, 0) as still_open,
        coalesce(lines.overpaid, 0) as overpaid,
        coalesce(lines.planned, 0) as planned,
        coalesce(lines.lines_unread, 0) as lines_unread
    from recognised
    full outer join lines
        on
            recognised.collaboration_id = lines.collaboration_id
            and recognised.cost_type = lines.cost_type

),

balanced as (

    select
        joined.collaboration_id,
        joined.cost_type,
        joined.lines_unread,
        joined.incurred,
        joined.paid,
        joined.spread,
        case
            when joined.cost_type = 'commission' then greatest(joined.incurred - joined.paid, 0)
            else joined.still_open
        end as still_open,
        case
            when joined.cost_type = 'commission' then greatest(joined.paid - joined.incurred, 0)
            else joined.overpaid
        end as overpaid,
        case when joined.cost_type = 'commission' then 0 else joined.planned end as planned,
        case when joined.cost_type = 'commission' then coalesce(provisional.provisional, 0) else 0 end
            as provisional
    from joined
    left join provisional on joined.collaboration_id = provisional.collaboration_id

),

final as (

    select
        balanced.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        balanced.cost_type,
        -- a sum with a hole in it is not a cost
        {%- for column in [
            'incurred', 'paid', 'spread', 'still_open', 'overpaid', 'planned', 'provisional'
        ] %}
            case when balanced.lines_unread = 0 then balanced.{{ column }} end::decimal(18, 2)
                as {{ column }},
        {%- endfor %}
        balanced.lines_unread,
        settings.reporting_currency as currency_code
    from balanced
    inner join collaborations on balanced.collaboration_id = collaborations.collaboration_id
    cross join settings

)

select * from final
