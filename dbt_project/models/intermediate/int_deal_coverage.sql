-- One row per collaboration: what its revenue leaves out, and what its codes gave beside its cost.
with collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is not null and is_countable

),

codes as (

    select * from {{ ref('stg_plan__codes') }}

),

claims as (

    select * from {{ ref('int_order_claims') }}
    where order_excluded_because = 'order_unread' and claim_excluded_because is null

),

discounts as (

    select * from {{ ref('int_discounts_given') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

unread_codes as (

    select distinct
        unread.order_id,
        unread.ordered_on,
        {{ normalise_code('unread.code') }} as code
    from (
        select
            orders.order_id,
            orders.ordered_on,
            unnest(orders.discount_codes) as code
        from orders
    ) as unread

),

-- of an order whose time is unknown, each deal that the code ever had
unread_claims as (

    select
        codes.collaboration_id,
        unread_codes.order_id
    from unread_codes
    inner join codes
        on
            unread_codes.code = codes.code
            and (
                unread_codes.ordered_on is null
                or {{ is_within('unread_codes.ordered_on', 'codes.valid_from', 'codes.valid_to') }}
            )
    union all
    select
        claims.collaboration_id,
        claims.order_id
    from claims
    inner join orders on claims.order_id = orders.order_id

),

unread_orders as (

    select
        unread_claims.collaboration_id,
        count(distinct unread_claims.order_id) as orders_unread
    from unread_claims
    group by unread_claims.collaboration_id

),

given as (

    select
        discounts.collaboration_id,
        sum(discounts.orders_with_code) as orders_with_code,
        case when count(*) = count(discounts.discount_given) then sum(discounts.discount_given) end
            as discount_given
    from discounts
    group by discounts.collaboration_id

),

final as (

    select
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        coalesce(unread_orders.orders_unread, settings.none_sold)::bigint as orders_unread,
        coalesce(unread_orders.orders_unread, settings.none_sold) = 0 as is_revenue_complete,
        coalesce(given.orders_with_code, settings.none_sold)::bigint as orders_with_code,
        case
            when given.collaboration_id is null then settings.none_sold
            else given.discount_given
        end::decimal(18, 2) as discount_given
    from collaborations
    cross join settings
    left join unread_orders on collaborations.collaboration_id = unread_orders.collaboration_id
    left join given on collaborations.collaboration_id = given.collaboration_id

)

select * from final
