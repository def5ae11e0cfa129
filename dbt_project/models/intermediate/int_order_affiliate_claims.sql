-- One row per order, click and deal that an affiliate network pays for. The network names the order;
-- the tracked link it passed through says more of the deal than the code that was typed.
{{ config(
    materialized='incremental',
    pre_hook=["{{ keep_last_build() }}", "{{ forget_all_rows() }}"],
    post_hook=["{{ list_touched_claims() }}", "{{ list_days_of_touched_claims() }}"]
) }}
with orders as (

    select * from {{ ref('int_orders') }}

),

actions as (

    select * from {{ ref('stg_impact__actions') }}
    qualify row_number() over (partition by action_id order by observed_at desc, fetch_id desc) = 1

),

codes as (

    select * from {{ ref('stg_plan__codes') }}

),

links as (

    select * from {{ ref('stg_plan__links') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

order_references as (

    select
        orders.order_id,
        ltrim(orders.order_name, '#') as order_reference,
        1 as place
    from orders
    union all
    select
        orders.order_id,
        regexp_extract(orders.order_id, '[0-9]+$') as order_reference,
        2 as place
    from orders

),

-- a shop's pixel sends the order's name or its number: the name first, should one be like another's number
placed as (

    select
        actions.action_id,
        actions.promo_code,
        actions.shared_id,
        coalesce(actions.state = 'REVERSED', false) as is_reversed,
        orders.order_id,
        orders.ordered_at,
        orders.ordered_on,
        coalesce(actions.referred_at, orders.ordered_at) as touched_at
    from actions
    inner join order_references on ltrim(actions.order_reference, '#') = order_references.order_reference
    inner join orders on order_references.order_id = orders.order_id
    qualify row_number() over (
        partition by actions.action_id order by order_references.place, orders.order_id
    ) = 1

),

candidates as (

    select
        placed.action_id,
        links.collaboration_id,
        1 as place,
        true as is_valid
    from placed
    inner join links on placed.shared_id = links.link_id
    union all
    select
        placed.action_id,
        collaborations.collaboration_id,
        1 as place,
        true as is_valid
    from placed
    inner join collaborations on placed.shared_id = collaborations.collaboration_id
    union all
    select
        placed.action_id,
        codes.collaboration_id,
        2 as place,
        {{ is_within('placed.ordered_on', 'codes.valid_from', 'codes.valid_to') }} as is_valid
    from placed
    inner join codes on placed.promo_code = codes.code

),

-- of each action the strongest sign that holds; a code out of its period is told as such
strongest as (

    select * from candidates
    qualify dense_rank() over (
        partition by candidates.action_id order by candidates.is_valid desc, candidates.place asc
    ) = 1

),

deals as (

    select
        strongest.action_id,
        case when count(distinct strongest.collaboration_id) = 1 then min(strongest.collaboration_id) end
            as collaboration_id,
        bool_and(strongest.is_valid) as is_valid,
        count(distinct strongest.collaboration_id) > 1 as is_ambiguous
    from strongest
    group by strongest.action_id

),

named as (

    select
        placed.*,
        deals.collaboration_id,
        deals.is_valid,
        deals.is_ambiguous
    from placed
    inner join deals on placed.action_id = deals.action_id

),

-- an order of several items may be several actions of one click
final as (

    select
        named.order_id,
        named.ordered_at,
        'affiliate' as evidence,
        min(named.action_id) as claim,
        named.collaboration_id,
        named.touched_at,
        case
            when bool_and(named.is_reversed) then 'affiliate_reversed'
            when bool_or(named.is_ambiguous) then 'ambiguous_affiliate'
            when not bool_or(named.is_valid) then 'code_not_valid'
            when named.touched_at > named.ordered_at then 'after_order'
        end as excluded_because
    from named
    group by named.order_id, named.ordered_at, named.collaboration_id, named.touched_at

)

select * from final
