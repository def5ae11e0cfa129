-- One row per account that is judged, at that instant. Every part of the score with its base; nothing is used
-- that was not known by then.
with subjects as (

    select * from {{ ref('int_judged_accounts') }}

),

engagements as (

    select * from {{ ref('int_brand_engagements') }}

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

settings as (

    select * from {{ ref('int_settings') }}

),

candidate_posts as (

    {{ posts_of_candidates() }}

),

former_posts as (

    select
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
        any_value(owned_posts.caption) as caption,
        any_value(owned_posts.published_at) as published_at,
        max_by(post_days.likes, post_days.date_day) as likes,
        max_by(post_days.comments, post_days.date_day) as comments,
        max(post_days.observed_at) as observed_at
    from subjects
    inner join owned_posts
        on
            subjects.platform = owned_posts.platform
            and subjects.account_id = owned_posts.account_id
            and subjects.influencer_id = owned_posts.influencer_id
            and owned_posts.post_type != 'story'
    inner join post_days
        on
            owned_posts.platform = post_days.platform
            and owned_posts.post_id = post_days.post_id
            and subjects.known_until > post_days.observed_at
    group by
        subjects.platform,
        subjects.account_id,
        subjects.known_until,
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
    from subjects
    inner join candidate_posts as listed
        on subjects.platform = listed.platform and subjects.account_id = listed.account_id
    where subjects.influencer_id is null
    union all by name
    select * from former_posts

),

newest_posts as (

    select
        posts.*,
        row_number() over (
            partition by posts.platform, posts.account_id, posts.known_until
            order by posts.published_at desc, posts.caption asc, posts.likes asc, posts.comments asc
        ) as newest_first
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

-- each of an account's newest posts that uses a word which the brand used by then
on_topic as (

    select distinct
        captions.platform,
        captions.account_id,
        captions.known_until,
        captions.newest_first
    from (
        select
            newest_posts.platform,
            newest_posts.account_id,
            newest_posts.known_until,
            newest_posts.newest_first,
            unnest({{ words('newest_posts.caption') }}) as word
        from newest_posts
    ) as captions
    inner join topic_words
        on
            captions.word = topic_words.word
            and captions.known_until > topic_words.known_from

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
        count(on_topic.newest_first) as posts_on_topic,
        newest_posts.known_until > (select min(topic_words.known_from) from topic_words) as has_topics
    from newest_posts
    left join on_topic
        on
            newest_posts.platform = on_topic.platform
            and newest_posts.account_id = on_topic.account_id
            and newest_posts.known_until = on_topic.known_until
            and newest_posts.newest_first = on_topic.newest_first
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
            and subjects.known_until > engagements.known_from
            and subjects.known_until - interval {{ engaged_days() }} day <= engagements.engaged_at
    group by subjects.platform, subjects.account_id, subjects.known_until

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
