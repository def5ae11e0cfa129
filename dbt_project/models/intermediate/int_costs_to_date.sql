-- One row per collaboration: its cost as spread over the days up to as_of, by cost type.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

costs as (

    select * from {{ ref('int_costs_recognised') }}
    where recognition = 'spread'

),

cost_lines as (

    select * from {{ ref('int_cost_lines') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

unconverted as (

    select distinct cost_lines.collaboration_id
    from cost_lines
    -- a payout is no cost: the commission it pays is
    where cost_lines.quarantine_reason is not null and cost_lines.cost_type != 'commission'

),

final as (

    select
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        bool_and(unconverted.collaboration_id is null) as is_complete,
        coalesce(sum(costs.cost), 0)::decimal(18, 2) as cost,
    {%- for cost_type in cost_types() %}
        coalesce(sum(costs.cost) filter (where costs.cost_type = '{{ cost_type }}'), 0)::decimal(18, 2)
            as cost_{{ cost_type }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from collaborations
    cross join settings
    left join unconverted on collaborations.collaboration_id = unconverted.collaboration_id
    left join costs
        on
            collaborations.collaboration_id = costs.collaboration_id
            and settings.as_of_date >= costs.date_day
    group by
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id

)

select * from final
