-- One row per campaign, influencer and day with orders, refunds or cost, in the default model and window.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook=["{{ list_days_of_touched_money() }}", "{{ forget_order_days('days_of_touched_money') }}"]
) }}
with credited as (

    select * from {{ ref('fct_credited_days') }}
    where
        {{ is_day_listed('ordered_on', 'days_of_touched_money') }}
        or {{ is_day_listed('happened_on', 'days_of_touched_money') }}

),

costs as (

    select * from {{ ref('int_costs_recognised') }}
    where recognition = 'spread' and {{ is_day_listed('date_day', 'days_of_touched_money') }}

),

costs_to_date as (

    select * from {{ ref('int_costs_to_date') }}

),

discounts as (

    select * from {{ ref('int_discounts_given') }}
    where {{ is_day_listed('date_day', 'days_of_touched_money') }}

),

expectations as (

    select * from {{ ref('int_revenue_expectations') }}

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

parts as (

    select
        credited.campaign_id,
        credited.influencer_id,
        credited.ordered_on as date_day,
        credited.orders,
        credited.orders_with_known_customer,
        credited.net_revenue,
        credited.refunds as refunds_order_cohort,
        null::decimal(18, 2) as refunds_event_date,
        null::decimal(18, 2) as known_cost,
        null::decimal(18, 2) as discount_given,
        false as is_discount_unknown
    from credited
    where {{ is_day_listed('credited.ordered_on', 'days_of_touched_money') }}
    union all by name
    select
        credited.campaign_id,
        credited.influencer_id,
        credited.happened_on as date_day,
        credited.refunds as refunds_event_date
    from credited
    where
        credited.refunds is not null
        and {{ is_day_listed('credited.happened_on', 'days_of_touched_money') }}
    union all by name
    select
        costs.campaign_id,
        costs.influencer_id,
        costs.date_day,
        costs.cost as known_cost
    from costs
    inner join settings on costs.date_day <= settings.as_of_date
    union all by name
    select
        collaborations.campaign_id,
        collaborations.influencer_id,
        discounts.date_day,
        discounts.discount_given,
        discounts.discount_given is null as is_discount_unknown
    from discounts
    inner join collaborations on discounts.collaboration_id = collaborations.collaboration_id

),

summed as (

    select
        parts.campaign_id,
        parts.influencer_id,
        parts.date_day,
        -- of one day, so they fit 64 bits, in which what follows is done far sooner
        sum(parts.orders)::decimal(18, 10) as orders,
        sum(parts.orders_with_known_customer)::decimal(18, 10) as orders_with_known_customer,
        {%- for measure in ['net_revenue', 'refunds_order_cohort', 'refunds_event_date', 'discount_given'] %}
            sum(parts.{{ measure }})::decimal(18, 2) as {{ measure }},
        {%- endfor %}
        coalesce(sum(parts.known_cost), 0)::decimal(18, 2) as known_cost,
        coalesce(bool_or(parts.is_discount_unknown), false) as is_discount_unknown
    from parts
    group by parts.campaign_id, parts.influencer_id, parts.date_day

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
        summed.campaign_id,
        summed.influencer_id,
        summed.date_day,
        {%- for measure in [
            'orders', 'orders_with_known_customer', 'net_revenue', 'refunds_order_cohort', 'refunds_event_date'
        ] %}
            coalesce(summed.{{ measure }}, settings.none_sold) as {{ measure }},
        {%- endfor %}
        case when incomplete.campaign_id is null then summed.known_cost end as cost,
        case
            when not summed.is_discount_unknown then coalesce(summed.discount_given, settings.none_sold)
        end as discount_given,
        campaigns.contribution_margin,
        coalesce(
            expectations.is_settled,
            settings.as_of_date >= {{ settles_on('summed.date_day', 'settings') }}
        ) as is_settled,
        -- on a day without an order nothing is still to come
        case when expectations.ordered_on is null then 0 else expectations.share_to_come end as share_to_come,
        settings.reporting_currency as currency_code
    from summed
    cross join settings
    left join campaigns on summed.campaign_id = campaigns.campaign_id
    left join expectations on summed.date_day = expectations.ordered_on
    left join incomplete
        on
            summed.campaign_id = incomplete.campaign_id
            and summed.influencer_id = incomplete.influencer_id

),

final as (

    select
        joined.campaign_id,
        joined.influencer_id,
        joined.date_day,
        joined.orders::decimal(18, 4) as orders,
        joined.orders_with_known_customer::decimal(18, 4) as orders_with_known_customer,
        joined.net_revenue::decimal(18, 2) as net_revenue,
        joined.refunds_order_cohort::decimal(18, 2) as refunds_order_cohort,
        joined.refunds_event_date::decimal(18, 2) as refunds_event_date,
        joined.is_settled,
        {{ expected_net_revenue(
            'joined.net_revenue',
            '(joined.net_revenue + joined.refunds_order_cohort)',
            'joined.share_to_come'
        ) }} as expected_net_revenue,
        joined.cost::decimal(18, 2) as cost,
        joined.discount_given::decimal(18, 2) as discount_given,
        (joined.net_revenue * joined.contribution_margin - joined.cost)::decimal(18, 2) as contribution,
        joined.currency_code
    from joined

)

select * from final
