-- One row per order and visit of its journey that speaks for a tracked link of the plan.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with orders as (

    {{ rows_of_orders('int_orders', 'touched_orders') }}

),

links as (

    select * from {{ ref('stg_plan__links') }}

),

visits as (

    select
        orders.order_id,
        orders.ordered_at,
        unnest(list_distinct(orders.visits)) as visit
    from orders

),

named as (

    select distinct
        visits.order_id,
        visits.ordered_at,
        {{ to_utc('visits.visit.occurredAt') }} as touched_at,
        {{ bare_url("split_part(visits.visit.landingPage, '?', 1)") }} as landing_page,
        {{ bare_url("split_part(visits.visit.referrerUrl, '?', 1)") }} as referrer,
    {%- for parameter in ['source', 'medium', 'campaign', 'content'] %}
        coalesce(
            {{ normalise_utm('visits.visit.utmParameters.' ~ parameter) }},
            {{ utm_of('visits.visit.landingPage', 'utm_' ~ parameter) }}
        ) as utm_{{ parameter }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from visits

),

shorts as (

    select distinct links.short_url from links

),

-- a page of the shop that sends its visitor on to the shop brings nobody: a tracked link on the shop's
-- own address does
told as (

    select
        named.*,
        coalesce(
            split_part(named.referrer, '/', 1) = split_part(named.landing_page, '/', 1)
            and shorts.short_url is null,
            false
        ) as is_self_referral
    from named
    left join shorts on named.referrer = shorts.short_url

),

by_content as (

    select
        told.*,
        links.collaboration_id,
        links.link_id,
        'link' as evidence
    from told
    inner join links
        on
            told.utm_content = links.utm_content
            and (links.utm_campaign is null or told.utm_campaign = links.utm_campaign)
            and (links.utm_source is null or told.utm_source = links.utm_source)
            and (links.utm_medium is null or told.utm_medium = links.utm_medium)

),

by_address as (

    select
        told.*,
        links.collaboration_id,
        links.link_id,
        'link' as evidence
    from told
    inner join links on told.landing_page = links.short_url
    -- two joins of equals: a single one on either would compare every visit with every link
    union
    select
        told.*,
        links.collaboration_id,
        links.link_id,
        'link' as evidence
    from told
    inner join links on told.referrer = links.short_url

),

by_utm as (

    select
        told.*,
        links.collaboration_id,
        links.link_id,
        'utm' as evidence
    from told
    inner join links
        on
            told.utm_source = links.utm_source
            and told.utm_medium = links.utm_medium
            and told.utm_campaign = links.utm_campaign
    where told.utm_content is null

),

matched as (

    select * from by_content
    union all
    select * from by_address
    union all
    select * from by_utm

),

-- one visit is one claim: an identified link says more than its utm parameters alone
strongest as (

    select * from matched
    qualify dense_rank() over (
        partition by matched.order_id, matched.touched_at order by matched.evidence
    ) = 1

),

final as (

    select
        strongest.order_id,
        strongest.ordered_at,
        strongest.evidence,
        case
            when strongest.evidence = 'link' and count(distinct strongest.link_id) = 1
                then min(strongest.link_id)
            else
                concat_ws(
                    '/',
                    min(strongest.utm_source),
                    min(strongest.utm_medium),
                    min(strongest.utm_campaign),
                    min(strongest.utm_content)
                )
        end as claim,
        case when count(distinct strongest.collaboration_id) = 1 then min(strongest.collaboration_id) end
            as collaboration_id,
        strongest.touched_at,
        case
            when count(distinct strongest.collaboration_id) > 1 then 'ambiguous_' || strongest.evidence
            when strongest.touched_at > strongest.ordered_at then 'after_order'
            when bool_and(strongest.is_self_referral) then 'self_referral'
        end as excluded_because
    from strongest
    group by strongest.order_id, strongest.ordered_at, strongest.evidence, strongest.touched_at

)

select * from final
