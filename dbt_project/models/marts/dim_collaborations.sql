-- One row per collaboration: a deal of an influencer in a campaign.
with collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

final as (

    select
        collaborations.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        collaborations.starts_on,
        collaborations.ends_on,
        collaborations.commission_rate
    from collaborations

)

select * from final
