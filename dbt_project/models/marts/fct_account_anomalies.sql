-- One row per account, day and kind of anomaly; of posts one row for each.
with growth as (

    select * from {{ ref('fct_audience_growth_daily') }}
    where owner_id != 'brand'

),

posts as (

    select * from {{ ref('fct_post_engagement') }}
    where
        influencer_id is not null and is_mature and not is_boosted
        and followers_at_post > 0 and engagements >= 0

),

-- a change over a gap is spread over its days; the logarithm of the growth, so that size does not matter
changes as (

    select
        growth.platform,
        growth.account_id,
        growth.date_day,
        growth.owner_id,
        growth.campaign_ids,
        growth.followers,
        growth.followers_net,
        ln(growth.followers::double / (growth.followers - growth.followers_net)) / growth.days_spanned
            as rate,
        -- what chance and the platform's rounding alone may do
        greatest(
            1 / sqrt(growth.followers),
            case
                when growth.is_rounded then {{ rounding_step('growth.followers') }} / growth.followers
            end
        ) / growth.days_spanned as noise
    from growth
    where growth.days_spanned > 0 and growth.followers > 0 and growth.followers > growth.followers_net

),

before as (

    select
        changes.*,
        count(*) over trailing_days as compared_with,
        median(changes.rate) over trailing_days as usual,
        mad(changes.rate) over trailing_days as deviation
    from changes
    window trailing_days as (
        partition by changes.platform, changes.account_id
        order by changes.date_day
        range between interval {{ anomaly_days() }} day preceding and interval 1 day preceding
    )

),

follower_limits as (

    select
        before.*,
        {{ deviations_allowed('followers') }}
        * greatest({{ mad_to_deviation() }} * before.deviation, before.noise) as allowed
    from before
    where before.compared_with >= {{ anomaly_days_needed() }}

),

follower_anomalies as (

    select
        follower_limits.platform,
        follower_limits.account_id,
        follower_limits.date_day,
        case
            when follower_limits.rate > follower_limits.usual then 'followers_jumped'
            else 'followers_fell'
        end as anomaly,
        null::varchar as post_id,
        follower_limits.owner_id as influencer_id,
        exp(follower_limits.rate) - 1 as observed,
        exp(follower_limits.usual) - 1 as usual,
        abs(follower_limits.rate - follower_limits.usual) / follower_limits.allowed as limit_exceeded,
        follower_limits.compared_with
    from follower_limits
    where
        abs(follower_limits.rate - follower_limits.usual) > follower_limits.allowed
        and abs(follower_limits.rate - follower_limits.usual) >= {{ anomaly_growth_needed() }}

),

rates as (

    select
        posts.platform,
        posts.account_id,
        posts.post_id,
        posts.post_type,
        posts.influencer_id,
        posts.published_at,
        posts.er_followers,
        ln((posts.engagements + 0.5) / posts.followers_at_post) as log_rate
    from posts

),

-- the account's other posts of the kind, on both sides of it
others as (

    select
        rates.platform,
        rates.post_id,
        count(*) as compared_with,
        median(other.log_rate) as usual,
        mad(other.log_rate) as deviation
    from rates
    inner join rates as other
        on
            rates.platform = other.platform
            and rates.account_id = other.account_id
            and rates.post_type = other.post_type
            and rates.post_id != other.post_id
            and other.published_at between rates.published_at - interval {{ baseline_days() }} day
            and rates.published_at + interval {{ baseline_days() }} day
    group by rates.platform, rates.post_id

),

post_limits as (

    select
        rates.*,
        others.compared_with,
        others.usual,
        {{ deviations_allowed('posts') }}
        * greatest({{ mad_to_deviation() }} * others.deviation, {{ least_spread_of_posts() }}) as allowed
    from rates
    inner join others
        on
            rates.platform = others.platform
            and rates.post_id = others.post_id
    where others.compared_with >= {{ anomaly_posts_needed() }}

),

post_anomalies as (

    select
        post_limits.platform,
        post_limits.account_id,
        post_limits.published_at::date as date_day,
        case when post_limits.log_rate > post_limits.usual then 'engagement_high' else 'engagement_low' end
            as anomaly,
        post_limits.post_id,
        post_limits.influencer_id,
        post_limits.er_followers as observed,
        exp(post_limits.usual) as usual,
        abs(post_limits.log_rate - post_limits.usual) / post_limits.allowed as limit_exceeded,
        post_limits.compared_with
    from post_limits
    where abs(post_limits.log_rate - post_limits.usual) > post_limits.allowed

),

unioned as (

    select * from follower_anomalies
    union all
    select * from post_anomalies

),

final as (

    select
        unioned.platform,
        unioned.account_id,
        unioned.date_day,
        unioned.anomaly,
        unioned.post_id,
        unioned.influencer_id,
        try_cast(unioned.observed as decimal(18, 6)) as observed,
        try_cast(unioned.usual as decimal(18, 6)) as usual,
        try_cast(unioned.limit_exceeded as decimal(18, 6)) as limit_exceeded,
        unioned.compared_with,
        coalesce(growth.campaign_ids, []) as campaign_ids
    from unioned
    left join growth
        on
            unioned.platform = growth.platform
            and unioned.account_id = growth.account_id
            and unioned.date_day = growth.date_day

)

select * from final
