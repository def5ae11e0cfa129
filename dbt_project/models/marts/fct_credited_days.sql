-- One row per campaign, influencer, day of orders and day on which something of them happened: what their
-- credits say in the default model and window. A sale happens on the day of its order, a refund on its own.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_on'},
    pre_hook=["{{ list_days_of_refunds_before() }}", "{{ forget_order_days('days_of_credited_orders', 'ordered_on') }}"],
    post_hook="{{ list_days_of_refunds() }}"
) }}
with credits as (

    select * from {{ ref('fct_order_credits') }}
    where {{ is_day_listed('ordered_on', 'days_of_credited_orders') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}
    where is_default

),

events as (

    select * from {{ ref('int_revenue_events') }}
    where event = 'refund' and {{ is_day_listed('ordered_on', 'days_of_credited_orders') }}

),

default_credits as (

    select credits.*
    from credits
    inner join attribution
        on
            credits.attribution_model = attribution.attribution_model
            and credits.lookback_days = attribution.lookback_days

),

-- shares have ten places and add up to 1; of orders without a refund nobody asks for them
sharing as (

    select
        default_credits.order_id,
        list_sort(list({
            'collaboration_id': default_credits.collaboration_id,
            'campaign_id': default_credits.campaign_id,
            'influencer_id': default_credits.influencer_id,
            'weight': (default_credits.credit_share * 10000000000)::bigint
        })) as members
    from default_credits
    where default_credits.order_id in (select events.order_id from events)
    group by default_credits.order_id

),

-- each refund is shared out by itself, so that both views hold the same cents
refund_shares as (

    select
        events.ordered_on,
        events.happened_on,
        sharing.members,
        {{ field_of('sharing.members', 'weight') }} as weights,
        (-events.net_revenue)::decimal(18, 2) as refunds
    from events
    inner join sharing on events.order_id = sharing.order_id

),

credited_refunds as (

    {{ allocate(
        relation='refund_shares',
        amounts=[{'name': 'refunds', 'places': 2, 'type': 'decimal(18, 2)'}],
        members='members',
        weights='weights'
    ) }}

),

parts as (

    select
        default_credits.campaign_id,
        default_credits.influencer_id,
        default_credits.ordered_on,
        default_credits.ordered_on as happened_on,
        default_credits.credit_share as orders,
        case when default_credits.is_new_customer is not null then default_credits.credit_share else 0 end
            as orders_with_known_customer,
        default_credits.net_revenue,
        null::decimal(18, 2) as refunds
    from default_credits
    where default_credits.collaboration_id is not null
    union all by name
    select
        credited_refunds.member.campaign_id,
        credited_refunds.member.influencer_id,
        credited_refunds.ordered_on,
        credited_refunds.happened_on,
        credited_refunds.refunds
    from credited_refunds
    where credited_refunds.member.collaboration_id is not null

),

final as (

    select
        parts.campaign_id,
        parts.influencer_id,
        parts.ordered_on,
        parts.happened_on,
        sum(parts.orders)::decimal(18, 10) as orders,
        sum(parts.orders_with_known_customer)::decimal(18, 10) as orders_with_known_customer,
        sum(parts.net_revenue)::decimal(18, 2) as net_revenue,
        sum(parts.refunds)::decimal(18, 2) as refunds
    from parts
    group by parts.campaign_id, parts.influencer_id, parts.ordered_on, parts.happened_on

)

select * from final
