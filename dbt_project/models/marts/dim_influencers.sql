-- One row per influencer.
with influencers as (

    select * from {{ ref('stg_plan__influencers') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

observations as (

    select * from {{ ref('int_account_observations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

tiers as (

    select * from {{ ref('int_tiers') }}

),

-- each account's last known followers, while it was this influencer's
account_followers as (

    select
        accounts.owner_id as influencer_id,
        accounts.platform,
        accounts.account_id,
        min(observations.observed_at) as first_observed_at,
        bool_or({{ is_within('settings.as_of_date', 'accounts.valid_from', 'accounts.valid_to') }})
            as is_current,
        max_by(observations.followers, observations.observed_at) filter (
            where {{ is_within('settings.as_of_date', 'accounts.valid_from', 'accounts.valid_to') }}
        ) as followers
    from accounts
    cross join settings
    inner join observations
        on
            accounts.platform = observations.platform
            and accounts.account_id = observations.account_id
            and {{ is_within('observations.observed_at::date', 'accounts.valid_from', 'accounts.valid_to') }}
    group by accounts.owner_id, accounts.platform, accounts.account_id

),

audiences as (

    select
        account_followers.influencer_id,
        -- the sum over some of the accounts is not the total
        case
            when count(account_followers.followers) = count(*) filter (where account_followers.is_current)
                then sum(account_followers.followers)
        end::bigint as followers_total,
        max(account_followers.followers) as followers_largest,
        min(account_followers.first_observed_at)::date as first_seen_on
    from account_followers
    group by account_followers.influencer_id

),

merged as (

    select
        influencers.merged_into as influencer_id,
        list(influencers.influencer_id order by influencers.influencer_id) as merged_ids
    from influencers
    where influencers.merged_into is not null
    group by influencers.merged_into

),

final as (

    select
        influencers.influencer_id,
        influencers.name,
        influencers.country,
        influencers.category,
        tiers.tier,
        audiences.followers_total,
        audiences.first_seen_on,
        coalesce(merged.merged_ids, []) as merged_ids
    from influencers
    left join merged on influencers.influencer_id = merged.influencer_id
    left join audiences on influencers.influencer_id = audiences.influencer_id
    left join tiers on {{ is_in_tier('audiences.followers_largest', 'tiers') }}
    where influencers.merged_into is null

)

select * from final
