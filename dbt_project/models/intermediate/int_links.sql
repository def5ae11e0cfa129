-- One row per tracked link: its deal, and the platform whose posts it stands in.
{{ config(pre_hook='{{ keep_last_build() }}') }}
with links as (

    select * from {{ ref('stg_plan__links') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

matches as (

    select * from {{ ref('int_posts_matched') }}

),

-- where the deal has posts; of one platform alone, its links can stand nowhere else
posted as (

    select
        matches.collaboration_id,
        case when count(distinct matches.platform) = 1 then min(matches.platform) end as only_platform
    from matches
    where matches.collaboration_id is not null
    group by matches.collaboration_id

),

final as (

    select
        links.link_id,
        links.collaboration_id,
        collaborations.campaign_id,
        collaborations.influencer_id,
        case
            when list_contains({{ platforms() }}, links.utm_source) then links.utm_source
            else posted.only_platform
        end as platform
    from links
    inner join collaborations on links.collaboration_id = collaborations.collaboration_id
    left join posted on links.collaboration_id = posted.collaboration_id

)

select * from final
