-- One row per account, day and kind of anomaly; of posts one row for each. Posts are held against each other
-- anew each time, days of followers only where new evidence speaks of them.
{{ config(materialized='incremental', meta={'clustered_by': 'date_day'}, pre_hook=[
    "{{ forget_touched_days(['followers', 'flows']) }}",
    "{% if is_incremental() %}delete from {{ this }} where post_id is not null{% endif %}"
]) }}
with growth as (

    select * from {{ ref('fct_audience_growth_daily') }}
    where
        owner_id != 'brand'
        and {{ is_touched('date_day', ['followers', 'flows'], days_before=anomaly_days()) }}

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

spans as (

    select
        changes.*,
        count(*) over trailing_days as compared_with,
        min(changes.rate) over trailing_days as least_rate,
        max(changes.rate) over trailing_days as most_rate
    from changes
    window trailing_days as (
        partition by changes.platform, changes.account_id
        order by changes.date_day
        range between interval {{ anomaly_days() }} day preceding and interval 1 day preceding
    )

),

-- medians are dear: only of days that lie far enough from some day before, and so perhaps from the median
suspects as (

    select * from spans
    where
        spans.compared_with >= {{ anomaly_days_needed() }}
        and greatest(spans.rate - spans.least_rate, spans.most_rate - spans.rate)
        >= {{ anomaly_growth_needed() }}
        and {{ is_touched('spans.date_day', ['followers', 'flows']) }}

),

days_before as (

    select
        suspects.platform,
        suspects.account_id,
        suspects.date_day,
        unnest(generate_series(1, {{ anomaly_days() }})) as days_ago
    from suspects

),

usual_rates as (

    select
        days_before.platform,
        days_before.account_id,
        days_before.date_day,
        median(changes.rate) as usual,
        mad(changes.rate) as deviation
    from days_before
    inner join changes
        on
            days_before.platform = changes.platform
            and days_before.account_id = changes.account_id
            and days_before.date_day - days_before.days_ago::integer = changes.date_day
    group by days_before.platform, days_before.account_id, days_before.date_day

),

follower_limits as (

    select
        suspects.*,
        usual_rates.usual,
        {{ deviations_allowed('followers') }}
        * greatest({{ mad_to_deviation() }} * usual_rates.deviation, suspects.noise) as allowed
    from suspects
    inner join usual_rates
        on
            suspects.platform = usual_rates.platform
            and suspects.account_id = usual_rates.account_id
            and suspects.date_day = usual_rates.date_day

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
        follower_limits.compared_with,
        follower_limits.campaign_ids
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

-- the campaigns of the days on which suspicious posts came out
days as (

    select
        growth.platform,
        growth.account_id,
        growth.date_day,
        growth.campaign_ids
    from {{ ref('fct_audience_growth_daily') }} as growth
    semi join post_limits
        on
            growth.platform = post_limits.platform
            and growth.account_id = post_limits.account_id
            and growth.date_day = post_limits.published_at::date
            and abs(post_limits.log_rate - post_limits.usual) > post_limits.allowed
    where growth.owner_id != 'brand'

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
        post_limits.compared_with,
        days.campaign_ids
    from post_limits
    left join days
        on
            post_limits.platform = days.platform
            and post_limits.account_id = days.account_id
            and post_limits.published_at::date = days.date_day
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
        coalesce(unioned.campaign_ids, []) as campaign_ids
    from unioned

)

select * from final
