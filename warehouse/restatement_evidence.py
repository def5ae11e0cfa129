"""What changed about orders, costs and deals between two published versions, as SQL.

Each makes a temporary table out of the marts `{before}` and `{after}`. Where one has a `cause`, its
`size` is the money that moved, `share_size` the orders; who sums them up learns what moved most.
"""

from __future__ import annotations

# One row. What brand.yml says of the default view, and in which currency it is.
SETTINGS = """
create or replace temp table changed_settings as
with views as (
    select 'before' as side, attribution_model || lookback_days as view, is_default, currency_code
    from {before}.rpt_campaign_roi
    union all
    select 'after' as side, attribution_model || lookback_days as view, is_default, currency_code
    from {after}.rpt_campaign_roi
)

select
    max(view) filter (where side = 'before' and is_default) as view_before,
    max(view) filter (where side = 'after' and is_default) as view_after,
    coalesce(view_before <> view_after, false) as is_view_changed,
    coalesce(
        max(currency_code) filter (where side = 'before')
        <> max(currency_code) filter (where side = 'after'),
        false
    ) as is_currency_changed
from views
"""

# One row per event of an order that moved net revenue otherwise than before, and one per order
# whose money or claims changed. An order that `after` alone knows is late with all its events.
ORDERS = """
create or replace temp table changed_events as
select
    order_id, event, event_id, coalesce(a.happened_on, b.happened_on) as date_day,
    coalesce(a.ordered_on, b.ordered_on) as ordered_on,
    abs(coalesce(a.net_revenue, 0) - coalesce(b.net_revenue, 0)) as size,
    case
        when coalesce(a.ordered_on, b.ordered_on) >= {first_open_day} then 'new_data'
        when order_id not in (select order_id from {before}.fct_revenue_events) then 'late_data'
        when b.order_id is not null and {is_redefined} then 'definition'
        when event in ('refund', 'cancellation') then 'refund'
        else 'source_restatement'
    end as cause,
    null::varchar as share_cause, 0 as share_size
from {before}.fct_revenue_events as b
full join {after}.fct_revenue_events as a using (order_id, event, event_id)
where a.net_revenue is distinct from b.net_revenue or a.happened_on is distinct from b.happened_on;

create or replace temp table changed_orders as
with orders as (
    -- any one model and window holds each order once
    select
        side, order_id, any_value(ordered_on) as ordered_on, sum(net_revenue) as net_revenue,
        sum(gross_revenue) as gross_revenue
    from (
        select 'before' as side, *
        from {before}.fct_order_credits
        where row(attribution_model, lookback_days) = (
            select min(row(attribution_model, lookback_days)) from {before}.fct_order_credits
        )
        union all by name
        select 'after' as side, *
        from {after}.fct_order_credits
        where row(attribution_model, lookback_days) = (
            select min(row(attribution_model, lookback_days)) from {after}.fct_order_credits
        )
    )
    group by side, order_id
),

claims as (
    select
        side, order_id, list(row(evidence, claim, touched_at)) as claims,
        list_sort(list(row(evidence, claim, touched_at, collaboration_id, is_eligible))) as owners,
        count(*) filter (where reason = 'affiliate_reversed') as reversed
    from (
        select 'before' as side, * from {before}.fct_order_evidence
        union all by name
        select 'after' as side, * from {after}.fct_order_evidence
    )
    group by side, order_id
),

known as (
    select orders.*, claims.claims, claims.owners, claims.reversed
    from orders left join claims using (side, order_id)
),

moved as (
    select order_id, arg_max(cause, (size, cause)) as cause
    from (select order_id, cause, sum(size) as size from changed_events group by all)
    group by order_id
),

compared as (
    select
        order_id, coalesce(a.ordered_on, b.ordered_on) as date_day,
        date_day >= {first_open_day} as is_open,
        coalesce(a.net_revenue, b.net_revenue) as net_revenue,
        abs(coalesce(a.net_revenue, 0) - coalesce(b.net_revenue, 0)) as size,
        (a.order_id is null or b.order_id is null)::integer as share_size,
        case
            when a.order_id is null or a.net_revenue is distinct from b.net_revenue
                then coalesce(moved.cause, if({is_redefined}, 'definition', 'source_restatement'))
            when b.gross_revenue is null and a.gross_revenue is not null then 'late_data'
            when a.gross_revenue is distinct from b.gross_revenue and is_open then 'new_data'
            when a.gross_revenue is distinct from b.gross_revenue
                then if({is_redefined}, 'definition', 'source_restatement')
        end as money_cause,
        case
            when a.order_id is null or b.order_id is null then money_cause
            when a.owners is distinct from b.owners and is_open then 'new_data'
            when len(list_filter(
                coalesce(a.claims, []), lambda one: not list_contains(coalesce(b.claims, []), one)
            )) > 0 then 'late_data'
            when a.reversed > b.reversed then 'source_restatement'
            when a.owners is distinct from b.owners and ({is_redefined} or is_view_changed)
                then 'definition'
            when a.owners is distinct from b.owners then 'identity'
        end as claim_cause
    from (from known where side = 'before') as b
    full join (from known where side = 'after') as a using (order_id)
    left join moved using (order_id)
    cross join changed_settings
)

select
    *, coalesce(money_cause, claim_cause) as cause,
    case when share_size > 0 then money_cause end as share_cause
from compared
where money_cause is not null or claim_cause is not null;

-- of the shop as a whole, by the day of the orders
create or replace temp table changed_days as
select ordered_on as date_day, cause, size, null as share_cause, 0 as share_size
from changed_events
union all
select date_day, null, 0, share_cause, share_size from changed_orders
"""

# One row per credit that changed, and each deal and owner it has or had. Between what moved the
# order's money and what moved its shares, the one that moved more of the credit.
CREDITS = """
create or replace temp table changed_credits as
with compared as (
    select
        coalesce(a.order_id, b.order_id) as order_id,
        coalesce(a.attribution_model, b.attribution_model) as attribution_model,
        coalesce(a.lookback_days, b.lookback_days) as lookback_days,
        coalesce(a.collaboration_id, b.collaboration_id) as collaboration_id,
        coalesce(a.ordered_on, b.ordered_on) as date_day,
        abs(coalesce(a.net_revenue, 0) - coalesce(b.net_revenue, 0)) as size,
        abs(coalesce(a.credit_share, 0) - coalesce(b.credit_share, 0)) as share_size,
        coalesce(a.credit_share, b.credit_share) as credit_share,
        row(a.campaign_id, a.influencer_id) is distinct from row(b.campaign_id, b.influencer_id)
        and a.order_id is not null and b.order_id is not null as is_handed_over,
        list_distinct([
            {{'campaign_id': coalesce(b.campaign_id, a.campaign_id),
             'influencer_id': coalesce(b.influencer_id, a.influencer_id)}},
            {{'campaign_id': coalesce(a.campaign_id, b.campaign_id),
             'influencer_id': coalesce(a.influencer_id, b.influencer_id)}}
        ]) as owners
    from {before}.fct_order_credits as b
    full join {after}.fct_order_credits as a
        on
            a.order_id = b.order_id and a.attribution_model = b.attribution_model
            and a.lookback_days = b.lookback_days
            and a.collaboration_id is not distinct from b.collaboration_id
    where
        row(a.net_revenue, a.gross_revenue, a.credit_share, a.campaign_id, a.influencer_id)
        is distinct from
        row(b.net_revenue, b.gross_revenue, b.credit_share, b.campaign_id, b.influencer_id)
),

views as (
    select distinct attribution_model, lookback_days from {before}.fct_order_credits
    intersect
    select distinct attribution_model, lookback_days from {after}.fct_order_credits
),

judged as (
    select
        compared.*, orders.money_cause, orders.size as order_size, orders.net_revenue,
        case
            when is_handed_over then 'identity'
            when compared.share_size = 0 then null
            when orders.claim_cause is not null then orders.claim_cause
            when {is_redefined} then 'definition'
            when compared.attribution_model = 'data_driven' and views.lookback_days is not null
                then 'late_data'
            else 'definition'
        end as share_cause
    from compared
    left join changed_orders as orders using (order_id)
    left join views using (attribution_model, lookback_days)
)

select
    order_id, attribution_model, lookback_days, collaboration_id, date_day, size, share_size,
    case
        when money_cause is null or is_handed_over then share_cause
        when share_cause is not null and share_size * abs(net_revenue) > credit_share * order_size
            then share_cause
        else money_cause
    end as cause,
    share_cause,
    attribution_model || lookback_days = view_after as is_default,
    unnest(owners, recursive := true)
from judged
cross join changed_settings
"""

# One row per changed order and deal that a claim on it names: commissions and discounts follow it.
CLAIMS = """
create or replace temp table changed_claims as
select
    orders.order_id, orders.date_day, deals.collaboration_id, deals.campaign_id,
    deals.influencer_id, orders.cause,
    if(orders.claim_cause is null, orders.size, abs(orders.net_revenue)) as size,
    null::varchar as share_cause, 0 as share_size
from changed_orders as orders
inner join (
    select order_id, collaboration_id from {before}.fct_order_evidence
    union
    select order_id, collaboration_id from {after}.fct_order_evidence
) as claims using (order_id)
inner join (
    select collaboration_id, campaign_id, influencer_id from {before}.dim_collaborations
    union
    select collaboration_id, campaign_id, influencer_id from {after}.dim_collaborations
) as deals using (collaboration_id)
"""

# One row per day of a deal and cost type whose cost changed, and one where it came to be counted. A
# line of the plan was edited or has another rate; a commission follows its orders, else its terms.
COSTS = """
create or replace temp table changed_costs as
with days as (
    select
        collaboration_id, campaign_id, influencer_id, cost_type, recognition, date_day,
        a.cost is distinct from b.cost as is_changed, b.cost as cost_before, a.cost as cost_after
    from {before}.fct_costs_daily as b
    full join {after}.fct_costs_daily as a
        using (collaboration_id, campaign_id, influencer_id, cost_type, recognition, date_day)
),

claimed as (
    select collaboration_id, date_day, arg_max(cause, (size, cause)) as cause
    from (
        select collaboration_id, date_day, cause, sum(size) as size
        from changed_claims group by all
    )
    group by all
),

caused as (
    select
        days.*, false as is_counted,
        abs(coalesce(cost_after, 0) - coalesce(cost_before, 0)) as size,
        case
            when cost_type <> 'commission' or recognition = 'cash'
                then if(rated.date_day is not null, 'exchange_rate', 'cost_edit')
            when claimed.cause is not null then claimed.cause
            when redefined.collaboration_id is not null then 'definition'
            when date_day >= {first_open_day} then 'new_data'
            when cost_before is null then 'late_data'
            when {is_redefined} then 'definition'
            else 'source_restatement'
        end as cause
    from days
    left join claimed using (collaboration_id, date_day)
    left join (select distinct collaboration_id from redefined_deals) as redefined
        using (collaboration_id)
    left join rated_costs as rated
        using (collaboration_id, cost_type, recognition, date_day)
    where is_changed

    union all

    select *, true, abs(least(cost_before, cost_after)), 'new_data'
    from days
    where date_day > {first_open_day} and date_day <= {last_day} and cost_before + cost_after > 0
)

select
    * exclude (is_changed, cost_before, cost_after), date_day > {last_day} as is_to_come,
    null::varchar as share_cause, 0 as share_size
from caused
"""

# Deals whose commission, or whose campaign's margin, the plan or brand.yml changed, and the deals
# that a post came to or left; of a campaign, how much of its sales remains.
DEALS = """
create or replace temp table redefined_deals as
select a.collaboration_id, a.campaign_id, a.influencer_id
from {before}.dim_collaborations as b
inner join {after}.dim_collaborations as a using (collaboration_id)
left join {before}.dim_campaigns as old_campaign on b.campaign_id = old_campaign.campaign_id
left join {after}.dim_campaigns as new_campaign on a.campaign_id = new_campaign.campaign_id
where
    a.commission_rate is distinct from b.commission_rate
    or old_campaign.contribution_margin is distinct from new_campaign.contribution_margin;

create or replace temp table margins as
select campaign_id, contribution_margin from {after}.dim_campaigns;

create or replace temp table moved_posts as
select distinct deals.campaign_id, deals.influencer_id, platform
from (
    select b.platform, unnest([a.collaboration_id, b.collaboration_id]) as collaboration_id
    from {before}.dim_posts as b
    inner join {after}.dim_posts as a using (platform, post_id)
    where a.collaboration_id is distinct from b.collaboration_id
)
inner join (
    from {before}.dim_collaborations
    union by name from {after}.dim_collaborations
) as deals using (collaboration_id)
"""
