-- One row per account and the instant up to which it is judged: candidates at as_of, accounts of influencers
-- at their first deal. Every part of the score with its base; nothing is used that was not known by then.
with engagements as (

    select * from {{ ref('int_brand_engagements') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

influencers as (

    select * from {{ ref('stg_plan__influencers') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

owned_posts as (

    select * from {{ ref('int_posts_owned') }}

),

post_days as (

    select * from {{ ref('int_post_days_unioned') }}

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

subjects as (

    select * from candidates
    union all by name
    select * from former_candidates

),

candidate_posts as (

    {{ posts_of_candidates() }}

),

former_posts as (

    select
        former_candidates.platform,
        former_candidates.account_id,
        former_candidates.known_until,
        any_value(owned_posts.caption) as caption,
        any_value(owned_posts.published_at) as published_at,
        max_by(post_days.likes, post_days.date_day) as likes,
        max_by(post_days.comments, post_days.date_day) as comments,
        max(post_days.observed_at) as observed_at
    from former_candidates
    inner join owned_posts
        on
            former_candidates.platform = owned_posts.platform
            and former_candidates.account_id = owned_posts.account_id
            and former_candidates.influencer_id = owned_posts.influencer_id
            and owned_posts.post_type != 'story'
    inner join post_days
        on
            owned_posts.platform = post_days.platform
            and owned_posts.post_id = post_days.post_id
            and former_candidates.known_until > post_days.observed_at
    group by
        former_candidates.platform,
        former_candidates.account_id,
        former_candidates.known_until,
        owned_posts.post_id

),

posts as (

    select
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
        listed.caption,
        listed.published_at,
        listed.likes,
        listed.comments,
        listed.observed_at
    from candidates as subjects
    inner join candidate_posts as listed
        on subjects.platform = listed.platform and subjects.account_id = listed.account_id
    union all by name
    select * from former_posts

),

newest_posts as (

    select
        posts.*,
        row_number() over (
            partition by posts.platform, posts.account_id, posts.known_until
            order by posts.published_at desc, posts.caption asc
        ) as newest_first,
        {{ words('posts.caption') }} as caption_words
    from posts
    where posts.published_at is not null
    qualify newest_first <= {{ candidate_posts() }}

),

-- what the brand itself writes of, and since when
topic_words as (

    select
        words.word,
        min(words.known_from) as known_from
    from (
        select
            unnest({{ marked_words('owned_posts.caption', '#') }}) as word,
            owned_posts.published_at as known_from
        from owned_posts
        where owned_posts.owner_id = 'brand'
        union all
        select
            unnest(collaborations.hashtags) as word,
            collaborations.starts_on::timestamp as known_from
        from collaborations
    ) as words
    group by words.word

),

topics as (

    select
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
        list(topic_words.word) as topic_words
    from subjects
    inner join topic_words on subjects.known_until > topic_words.known_from
    group by subjects.platform, subjects.account_id, subjects.known_until

),

own_engagement as (

    select
        newest_posts.platform,
        newest_posts.account_id,
        newest_posts.known_until,
        -- a post of yesterday has not gathered its likes yet
        count(*) filter (
            where
            newest_posts.likes is not null
            and newest_posts.comments is not null
            and newest_posts.published_at <= newest_posts.observed_at - interval 2 day
        ) as er_posts,
        sum(newest_posts.likes + newest_posts.comments) filter (
            where newest_posts.published_at <= newest_posts.observed_at - interval 2 day
        ) as engagements_classic,
        count(newest_posts.caption) as topic_posts,
        count(*) filter (where list_has_any(newest_posts.caption_words, topics.topic_words))
            as posts_on_topic,
        any_value(topics.topic_words) is not null as has_topics
    from newest_posts
    left join topics
        on
            newest_posts.platform = topics.platform
            and newest_posts.account_id = topics.account_id
            and newest_posts.known_until = topics.known_until
    group by newest_posts.platform, newest_posts.account_id, newest_posts.known_until

),

with_the_brand as (

    select
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
        count(*) filter (where engagements.kind = 'comment') as comments_on_brand,
        count(*) filter (where engagements.kind = 'tag') as posts_tagging_brand,
        count(distinct engagements.engaged_at::date) as days_engaged,
        min(engagements.engaged_at)::date as first_engaged_on,
        max(engagements.engaged_at)::date as last_engaged_on
    from subjects
    inner join engagements
        on
            subjects.platform = engagements.platform
            and subjects.account_id = engagements.account_id
            and subjects.known_until > engagements.first_observed_at
            and subjects.known_until - interval {{ engaged_days() }} day <= engagements.engaged_at
    group by subjects.platform, subjects.account_id, subjects.known_until

),

countries as (

    select
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
        count(distinct first_deals.influencer_id) as influencers_before,
        count(distinct first_deals.influencer_id) filter (where influencers.country = subjects.country)
            as influencers_in_country
    from subjects
    inner join first_deals on subjects.known_until > first_deals.starts_on
    inner join influencers
        on first_deals.influencer_id = influencers.influencer_id and influencers.country is not null
    where subjects.influencer_id is distinct from first_deals.influencer_id
    group by subjects.platform, subjects.account_id, subjects.known_until

),

parts as (

    select
        subjects.*,
        coalesce(own_engagement.er_posts, 0) as er_posts,
        case
            when own_engagement.er_posts >= {{ fewest_er_posts() }}
                then {{ ratio(
                    'own_engagement.engagements_classic', 'own_engagement.er_posts * subjects.followers'
                ) }}
        end as er_followers_classic,
        coalesce(own_engagement.topic_posts, 0) as topic_posts,
        case
            when own_engagement.has_topics
                then {{ ratio('own_engagement.posts_on_topic', 'own_engagement.topic_posts') }}
        end as topic_share,
        coalesce(with_the_brand.comments_on_brand, 0) as comments_on_brand,
        coalesce(with_the_brand.posts_tagging_brand, 0) as posts_tagging_brand,
        coalesce(with_the_brand.days_engaged, 0) as days_engaged,
        with_the_brand.first_engaged_on,
        with_the_brand.last_engaged_on,
        case when subjects.country is not null then countries.influencers_in_country end
            as influencers_in_country
    from subjects
    left join own_engagement
        on
            subjects.platform = own_engagement.platform
            and subjects.account_id = own_engagement.account_id
            and subjects.known_until = own_engagement.known_until
    left join with_the_brand
        on
            subjects.platform = with_the_brand.platform
            and subjects.account_id = with_the_brand.account_id
            and subjects.known_until = with_the_brand.known_until
    left join countries
        on
            subjects.platform = countries.platform
            and subjects.account_id = countries.account_id
            and subjects.known_until = countries.known_until

),

scored as (

    select
        parts.*,
        {{ ratio('parts.er_followers_classic', 'parts.er_followers_classic + ' ~ typical_er()) }}
            as engagement_score,
        parts.topic_share as topic_score,
        (parts.influencers_in_country > 0)::integer::decimal(18, 6) as country_score,
        {{ ratio('parts.days_engaged', 'parts.days_engaged + ' ~ typical_days_engaged()) }} as brand_score
    from parts

),

weighed as (

    select
        scored.*,
        {{ known_weight('scored') }} as score_coverage
    from scored

),

final as (

    select
        weighed.* exclude (score_coverage),
        weighed.score_coverage::decimal(18, 6) as score_coverage,
        -- the mean of the known parts: an unknown one is not a 0
        {{ ratio(weighed_parts('weighed'), 'weighed.score_coverage') }} as score
    from weighed

)

select * from final
