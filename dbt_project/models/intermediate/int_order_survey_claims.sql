-- One row per order whose buyer answered the shop's survey with an influencer of the plan: by name, by
-- handle or by code.
{{ config(
    materialized='incremental', meta={'clustered_by': 'ordered_at'},
    pre_hook="{{ forget_orders('touched_orders') }}"
) }}
with orders as (

    {{ rows_of_orders('int_orders', 'touched_orders') }}

),

-- an observation that does not tell an answer does not undo one
answers as (

    select
        observations.order_id,
        max_by(
            observations.survey_answer,
            (observations.updated_at, observations.observed_at, observations.fetch_id)
        ) as survey_answer
    from {{ ref('stg_shopify__orders') }} as observations
    where
        observations.survey_answer is not null
        and {{ is_listed('observations.order_id', 'touched_orders') }}
    group by observations.order_id

),

influencers as (

    select * from {{ ref('stg_plan__influencers') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

codes as (

    select * from {{ ref('stg_plan__codes') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

names as (

    select
        coalesce(influencers.merged_into, influencers.influencer_id) as influencer_id,
        {{ normalise_answer('influencers.name') }} as answer
    from influencers
    union
    select
        influencers.influencer_id,
        {{ normalise_answer('accounts.handle') }} as answer
    from accounts
    inner join influencers on accounts.owner_id = influencers.influencer_id
    union
    select
        collaborations.influencer_id,
        {{ normalise_answer('codes.code') }} as answer
    from codes
    inner join collaborations on codes.collaboration_id = collaborations.collaboration_id

),

-- of the influencer's deals the one that began last before the order
named as (

    select
        orders.order_id,
        orders.ordered_at,
        answers.survey_answer,
        names.influencer_id,
        max_by(
            collaborations.collaboration_id, (collaborations.starts_on, collaborations.collaboration_id)
        ) as collaboration_id
    from answers
    inner join orders on answers.order_id = orders.order_id
    inner join names on names.answer = {{ normalise_answer('answers.survey_answer') }}
    left join collaborations
        on
            names.influencer_id = collaborations.influencer_id
            and orders.ordered_on >= collaborations.starts_on
    group by orders.order_id, orders.ordered_at, answers.survey_answer, names.influencer_id

),

final as (

    select
        named.order_id,
        named.ordered_at,
        'survey' as evidence,
        named.survey_answer as claim,
        case when count(*) = 1 then min(named.collaboration_id) end as collaboration_id,
        named.ordered_at as touched_at,
        case
            when count(*) > 1 then 'ambiguous_survey'
            when min(named.collaboration_id) is null then 'before_collaboration'
        end as excluded_because
    from named
    group by named.order_id, named.ordered_at, named.survey_answer

)

select * from final
