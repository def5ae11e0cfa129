-- One row per influencer: contacts, deliverables, disclosure and cost to date.
with influencers as (

    select * from {{ ref('dim_influencers') }}

),

interactions as (

    select * from {{ ref('fct_interactions') }}
    where not is_planned

),

posts as (

    select * from {{ ref('dim_posts') }}
    where collaboration_id is not null

),

costs as (

    select * from {{ ref('int_costs_to_date') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

observations as (

    select
        observations.platform,
        observations.account_id,
        observations.observed_at::date as observed_on
    from {{ ref('int_account_observations') }} as observations

),

settings as (

    select * from {{ ref('int_settings') }}

),

deals as (

    select
        collaborations.collaboration_id,
        collaborations.influencer_id,
        collaborations.starts_on,
        collaborations.ends_on,
        collaborations.posts_due,
        coalesce(collaborations.posts_due_on, collaborations.ends_on) as due_on,
        settings.as_of_date,
        settings.track_posts_days,
        row_number() over (
            partition by collaborations.influencer_id
            order by collaborations.starts_on desc, collaborations.collaboration_id desc
        ) as newest_first
    from {{ ref('stg_plan__collaborations') }} as collaborations
    cross join settings
    where collaborations.starts_on <= settings.as_of_date

),

-- a list of posts reaches back track_posts_days: days of a deal between a reading and the one before it
accounts_of_deals as (

    select
        deals.collaboration_id,
        deals.due_on,
        deals.track_posts_days,
        accounts.platform,
        accounts.account_id,
        observations.observed_on,
        observations.observed_on - lag(observations.observed_on, 1, deals.starts_on) over (
            partition by deals.collaboration_id, accounts.platform, accounts.account_id
            order by observations.observed_on
        ) as days_before
    from deals
    inner join accounts
        on
            deals.influencer_id = accounts.owner_id
            and {{ overlap('deals.starts_on', 'deals.due_on', 'accounts.valid_from', 'accounts.valid_to') }}
    left join observations
        on
            accounts.platform = observations.platform
            and accounts.account_id = observations.account_id
            and deals.starts_on <= observations.observed_on
            and deals.due_on + deals.track_posts_days >= observations.observed_on

),

-- readings that meet, from the deal's first day to after the due day, show every post between
accounts_read as (

    select
        accounts_of_deals.collaboration_id,
        coalesce(bool_and(accounts_of_deals.days_before <= accounts_of_deals.track_posts_days), false)
        and coalesce(bool_or(accounts_of_deals.observed_on > accounts_of_deals.due_on), false) as is_read
    from accounts_of_deals
    group by accounts_of_deals.collaboration_id, accounts_of_deals.platform, accounts_of_deals.account_id

),

readings as (

    select
        accounts_read.collaboration_id,
        bool_and(accounts_read.is_read) as is_read
    from accounts_read
    group by accounts_read.collaboration_id

),

-- a story is what is due only where the plan names it (posts.csv)
told_posts as (

    select
        posts.*,
        coalesce(posts.post_type, '') != 'story' or coalesce(posts.match_rule, '') = 'explicit' as is_due
    from posts

),

numbered_posts as (

    select
        told_posts.collaboration_id,
        told_posts.published_on,
        told_posts.is_disclosed,
        case
            when told_posts.is_due
                then
                    row_number() over (
                        partition by told_posts.collaboration_id, told_posts.is_due
                        order by told_posts.published_at, told_posts.platform, told_posts.post_id
                    )
        end as post_number
    from told_posts

),

-- the first posts_due posts of a deal are those that were due; more are a gift
delivered as (

    select
        deals.*,
        costs.cost,
        costs.is_complete,
        coalesce(readings.is_read, false) as is_read,
        count(numbered_posts.collaboration_id) as posts_seen,
        count(numbered_posts.post_number) as posts,
        min(numbered_posts.published_on) filter (where numbered_posts.post_number is not null)
            as first_post_on,
        count(numbered_posts.post_number) filter (
            where
            numbered_posts.post_number <= deals.posts_due
            and numbered_posts.published_on <= deals.due_on
        ) as posts_on_time,
        count(numbered_posts.post_number) filter (
            where
            numbered_posts.post_number <= deals.posts_due
            and numbered_posts.published_on > deals.due_on
        ) as posts_late,
        count(*) filter (where numbered_posts.is_disclosed) as posts_disclosed,
        count(numbered_posts.is_disclosed) as posts_judged
    from deals
    left join numbered_posts on deals.collaboration_id = numbered_posts.collaboration_id
    left join readings on deals.collaboration_id = readings.collaboration_id
    left join costs on deals.collaboration_id = costs.collaboration_id
    group by all

),

judged as (

    select
        delivered.*,
        delivered.posts_due is not null and delivered.due_on < delivered.as_of_date as is_due,
        delivered.is_read or delivered.posts_on_time + delivered.posts_late >= delivered.posts_due as is_known
    from delivered

),

deals_by_influencer as (

    select
        judged.influencer_id,
        count(*) as collaborations,
        min(judged.starts_on) as first_collaboration_on,
        max(judged.starts_on) as last_collaboration_on,
        max(judged.ends_on) as works_until,
        -- between the newest deal and the end of all before it
        max(judged.starts_on) filter (where judged.newest_first = 1)
        - max(judged.ends_on) filter (where judged.newest_first > 1) as days_before_last_collaboration,
        count(*) filter (where judged.is_due) as deals_due,
        count(*) filter (where judged.is_due and not judged.is_known) as deals_due_unknown,
        sum(judged.posts_due) filter (where judged.is_due and judged.is_known) as posts_due,
        sum(judged.posts_on_time) filter (where judged.is_due and judged.is_known) as posts_on_time,
        sum(judged.posts_late) filter (where judged.is_due and judged.is_known) as posts_late,
        -- of no number of posts due, `greatest` would make none
        sum(greatest(judged.posts_due - judged.posts, 0)) filter (
            where not judged.is_due and judged.posts_due is not null
        ) as posts_still_due,
        min(judged.due_on) filter (where not judged.is_due and judged.posts < judged.posts_due)
            as next_due_on,
        sum(judged.posts_seen) as sponsored_posts,
        sum(judged.posts_judged) as posts_judged,
        sum(judged.posts_disclosed) as posts_disclosed,
        count(judged.first_post_on) as deals_with_posts,
        median(judged.first_post_on - judged.starts_on) as days_to_post,
        case when bool_and(judged.is_complete) then sum(judged.cost) end as cost,
        any_value(judged.as_of_date) as as_of_date
    from judged
    group by judged.influencer_id

),

contacts as (

    select
        interactions.influencer_id,
        count(*) as contacts,
        max(interactions.happened_on) as last_contact_on,
        arg_max(interactions.kind, (interactions.happened_on, interactions.interaction_id))
            as last_contact_kind
    from interactions
    group by interactions.influencer_id

),

final as (

    select
        influencers.influencer_id,
        coalesce(contacts.contacts, 0) as contacts,
        contacts.last_contact_on,
        contacts.last_contact_kind,
        settings.as_of_date - contacts.last_contact_on as days_since_contact,
        coalesce(deals.collaborations, 0) as collaborations,
        deals.first_collaboration_on,
        deals.last_collaboration_on,
        deals.days_before_last_collaboration,
        case
            when deals.influencer_id is null then 'new'
            when deals.works_until < settings.as_of_date - {{ lapsed_days() }} then 'lapsed'
            when deals.days_before_last_collaboration > {{ lapsed_days() }} then 'reactivated'
            else 'active'
        end as reactivation,
        coalesce(deals.deals_due, 0) as deals_due,
        coalesce(deals.deals_due_unknown, 0) as deals_due_unknown,
        deals.posts_due::bigint as posts_due,
        deals.posts_on_time::bigint as posts_on_time,
        deals.posts_late::bigint as posts_late,
        (deals.posts_due - deals.posts_on_time - deals.posts_late)::bigint as posts_missing,
        {{ ratio('deals.posts_on_time', 'deals.posts_due') }} as on_time_rate,
        deals.posts_still_due::bigint as posts_still_due,
        deals.next_due_on,
        coalesce(deals.sponsored_posts, 0)::bigint as sponsored_posts,
        coalesce(deals.deals_with_posts, 0) as deals_with_posts,
        deals.days_to_post::decimal(9, 1) as days_to_post,
        coalesce(deals.posts_judged, 0)::bigint as disclosure_posts,
        {{ ratio('deals.posts_disclosed', 'deals.posts_judged') }} as disclosed_rate,
        deals.cost::decimal(18, 2) as cost_to_date,
        settings.reporting_currency as currency_code
    from influencers
    cross join settings
    left join deals_by_influencer as deals on influencers.influencer_id = deals.influencer_id
    left join contacts on influencers.influencer_id = contacts.influencer_id

)

select * from final
