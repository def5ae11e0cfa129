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

-- one number for each: there are few accounts, and many observations to be told apart
numbered as (

    select
        accounts.platform,
        accounts.account_id,
        accounts.owner_id,
        row_number() over (order by accounts.platform, accounts.account_id, accounts.valid_from)
            as account_number,
        coalesce(accounts.valid_from, '0001-01-01')::timestamp as owned_from,
        coalesce(accounts.valid_to, '9999-12-30')::timestamp + interval 1 day as owned_until,
        {{ is_within('settings.as_of_date', 'accounts.valid_from', 'accounts.valid_to') }} as is_current
    from accounts
    cross join settings

),

-- each account's last known followers, while it was this influencer's
last_observations as (

    select
        numbered.account_number,
        min(observations.observed_at) as first_observed_at,
        max_by(observations.followers, observations.observed_at) as followers
    from observations
    inner join numbered
        on
            observations.platform = numbered.platform
            and observations.account_id = numbered.account_id
            and observations.observed_at >= numbered.owned_from
            and observations.observed_at < numbered.owned_until
    group by numbered.account_number

),

account_followers as (

    select
        numbered.platform,
        numbered.account_id,
        numbered.owner_id as influencer_id,
        bool_or(numbered.is_current) as is_current,
        min(last_observations.first_observed_at) as first_observed_at,
        -- of a current period: two of one owner may follow each other
        max(last_observations.followers) filter (where numbered.is_current) as followers
    from numbered
    inner join last_observations on numbered.account_number = last_observations.account_number
    group by numbered.owner_id, numbered.platform, numbered.account_id

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
