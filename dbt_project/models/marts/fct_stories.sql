-- One row per story that was seen, and one per span in which an account's stories may have come and
-- gone unseen (is_missed, without a post_id).
with stories as (

    select * from {{ ref('int_instagram__stories') }}

),

posts as (

    select * from {{ ref('dim_posts') }}

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

gaps as (

    select * from {{ ref('int_instagram__story_gaps') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

seen as (

    select
        stories.platform,
        stories.account_id,
        stories.published_at as starts_at,
        stories.expires_at as ends_at,
        stories.post_id,
        posts.influencer_id,
        posts.collaboration_id,
        collaborations.campaign_id,
        false as is_missed,
        -- a story that still lives may yet be captured
        case when stories.is_final or stories.expires_at <= settings.as_of then stories.is_final end
            as is_captured,
        stories.last_observed_at,
        stories.views,
        stories.reach,
        stories.replies,
        stories.shares,
        stories.total_interactions,
        stories.navigation,
        stories.follows,
        stories.profile_visits
    from stories
    inner join posts
        on
            stories.platform = posts.platform
            and stories.post_id = posts.post_id
    left join collaborations on posts.collaboration_id = collaborations.collaboration_id
    cross join settings

),

-- an account that left the plan is no longer looked at, which is no loss
missed as (

    select
        gaps.platform,
        gaps.account_id,
        gaps.missed_from as starts_at,
        gaps.missed_to as ends_at,
        nullif(accounts.owner_id, 'brand') as influencer_id,
        gaps.is_missed,
        gaps.last_looked_at as last_observed_at
    from gaps
    cross join settings
    inner join accounts
        on
            gaps.platform = accounts.platform
            and gaps.account_id = accounts.account_id
            and {{ is_within('gaps.missed_from::date', 'accounts.valid_from', 'accounts.valid_to') }}
    where
        gaps.looked_again_at is not null
        or {{ is_within('settings.as_of_date', 'accounts.valid_from', 'accounts.valid_to') }}
    qualify row_number() over (
        partition by gaps.platform, gaps.account_id, gaps.missed_from
        order by accounts.valid_from desc nulls last
    ) = 1

),

final as (

    select * from seen
    union all by name
    select * from missed

)

select * from final
