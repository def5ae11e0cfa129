-- One row per order, click and deal that an affiliate network pays for. The network names the order;
-- the tracked link it passed through says more of the deal than the code that was typed.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook=["{{ keep_last_build() }}", "{{ forget_all_rows() }}"],
    post_hook=["{{ list_touched_claims() }}", "{{ list_days_of_touched_claims() }}"]
) }}
with orders_by_name as (

    select * from {{ ref('int_orders') }}

),

orders_by_number as (

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

-- a shop's pixel sends the order's name, with or without its #, or its number: the name first, should
-- one be like another's number
order_references as (

    select
        actions.*,
        ltrim(actions.order_reference, '#') as order_number
    from actions

),

marks as (

    select unnest(['', '#']) as mark

),

matched as (

    select
        order_references.*,
        orders_by_name.order_id,
        orders_by_name.ordered_at,
        orders_by_name.ordered_on,
        1 as place
    from order_references
    cross join marks
    inner join orders_by_name on marks.mark || order_references.order_number = orders_by_name.order_name
    union all
    select
        order_references.*,
        orders_by_number.order_id,
        orders_by_number.ordered_at,
        orders_by_number.ordered_on,
        2 as place
    from order_references
    inner join orders_by_number
        on order_references.order_number = orders_by_number.order_id

),

placed as (

    select
        matched.action_id,
        matched.promo_code,
        matched.shared_id,
        coalesce(matched.state = 'REVERSED', false) as is_reversed,
        matched.order_id,
        matched.ordered_at,
        matched.ordered_on,
        coalesce(matched.referred_at, matched.ordered_at) as touched_at
    from matched
    qualify row_number() over (partition by matched.action_id order by matched.place, matched.order_id) = 1

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
