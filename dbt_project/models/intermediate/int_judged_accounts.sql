-- One row per account and the instant up to which it is judged: candidates at as_of, accounts of influencers
-- at their first deal. Followers and country as they were known by then.
with accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

influencers as (

    select * from {{ ref('stg_plan__influencers') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

observations as (

    select * from {{ ref('int_account_observations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

profiles as (

    {{ profiles_of_candidates() }}

),

-- whoever the plan names, in any period, is no candidate
candidates as (

    select
        profiles.platform,
        profiles.account_id,
        null::varchar as influencer_id,
        profiles.handle,
        profiles.country,
        profiles.followers,
        profiles.observed_at as followers_observed_at,
        settings.as_of + interval 1 microsecond as known_until
    from profiles
    cross join settings
    left join accounts
        on profiles.platform = accounts.platform and profiles.account_id = accounts.account_id
    where accounts.account_id is null

),

first_deals as (

    select
        collaborations.influencer_id,
        min(collaborations.starts_on) as starts_on
    from collaborations
    cross join settings
    where collaborations.starts_on <= settings.as_of_date
    group by collaborations.influencer_id

),

worked_with as (

    select
        accounts.platform,
        accounts.account_id,
        first_deals.influencer_id,
        influencers.country,
        first_deals.starts_on::timestamp as known_until
    from first_deals
    inner join influencers on first_deals.influencer_id = influencers.influencer_id
    inner join accounts
        on
            first_deals.influencer_id = accounts.owner_id
            and {{ is_within('first_deals.starts_on', 'accounts.valid_from', 'accounts.valid_to') }}
    where accounts.platform in ('instagram', 'youtube')

),

former_candidates as (

    select
        worked_with.platform,
        worked_with.account_id,
        worked_with.influencer_id,
        null::varchar as handle,
        worked_with.country,
        max_by(observations.followers, observations.observed_at) as followers,
        max(observations.observed_at) filter (where observations.followers is not null)
            as followers_observed_at,
        worked_with.known_until
    from worked_with
    left join observations
        on
            worked_with.platform = observations.platform
            and worked_with.account_id = observations.account_id
            and worked_with.known_until > observations.observed_at
    group by
        worked_with.platform,
        worked_with.account_id,
        worked_with.influencer_id,
        worked_with.country,
        worked_with.known_until

),

final as (

    select * from candidates
    union all by name
    select * from former_candidates

)

select * from final
