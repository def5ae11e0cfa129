-- One row per account found among the brand's own engagers that is of the size looked for, or hides its size.
with scores as (

    select * from {{ ref('int_account_scores') }}
    where influencer_id is null and days_engaged > 0

),

tiers as (

    select * from {{ ref('int_tiers') }}
    where tier = 'micro'

),

bounds as (

    select
        coalesce(max(tiers.followers_from), 10000) as followers_from,
        coalesce(max(tiers.followers_below), 100000) as followers_below
    from tiers

),

judged as (

    select
        scores.*,
        case when scores.followers is not null then 'micro' end as tier,
        case
            when scores.followers is null then 'followers_unknown'
            when scores.engagement_score is null and scores.er_posts < {{ fewest_er_posts() }}
                then 'too_few_posts'
            when scores.engagement_score is null then 'engagement_unknown'
        end as not_rankable_because
    from scores
    cross join bounds
    where
        scores.followers is null
        or {{ is_in_tier('scores.followers', 'bounds') }}

),

final as (

    select
        judged.platform,
        judged.account_id,
        judged.handle,
        judged.followers,
        judged.followers_observed_at::date as followers_observed_on,
        judged.tier,
        judged.country,
        case
            when judged.not_rankable_because is null
                then
                    rank() over (
                        partition by judged.not_rankable_because is null
                        order by
                            judged.score desc,
                            judged.days_engaged desc,
                            judged.platform asc,
                            judged.account_id asc
                    )
        end as rank,
        judged.not_rankable_because,
        case when judged.not_rankable_because is null then judged.score end as score,
        case when judged.not_rankable_because is null then judged.score_coverage end as score_coverage,
        judged.engagement_score,
        judged.er_followers_classic,
        judged.er_posts,
        judged.brand_score,
        judged.days_engaged,
        judged.comments_on_brand,
        judged.posts_tagging_brand,
        judged.first_engaged_on,
        judged.last_engaged_on,
        judged.topic_score,
        judged.topic_posts,
        judged.country_score,
        judged.influencers_in_country
    from judged

)

select * from final
