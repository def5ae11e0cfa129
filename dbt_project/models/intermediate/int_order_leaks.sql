-- One row per order and collaboration whose code it used: whether the code seems to have leaked to
-- buyers whom its influencer did not send. A flag; the order stays credited.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with claims as (

    select * from {{ ref('int_order_claims') }}

),

orders as (

    select * from {{ ref('int_orders') }}
    where quarantine_reason is null

),

observations as (

    select * from {{ ref('stg_shopify__orders') }}

),

posts as (

    select
        matched.collaboration_id,
        posts.published_at
    from {{ ref('int_posts_matched') }} as matched
    inner join {{ ref('int_posts_unioned') }} as posts
        on matched.platform = posts.platform and matched.post_id = posts.post_id

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

coded as (

    select distinct
        claims.order_id,
        claims.ordered_at,
        claims.collaboration_id
    from claims
    where claims.evidence = 'code' and claims.excluded_because is null

),

clicked as (

    select distinct
        claims.order_id,
        claims.collaboration_id
    from claims
    where
        claims.collaboration_id is not null
        and (
            claims.evidence in ('link', 'utm')
            -- what a network pays for the code alone is dated by the order
            or (claims.evidence = 'affiliate' and claims.touched_at < claims.ordered_at)
        )

),

-- the shop has worked out how the buyer came, even if it was without a visit that it could see
told as (

    select observations.order_id
    from observations
    where observations.is_journey_ready
    group by observations.order_id

),

referred as (

    select
        unnested.order_id,
        bool_or({{ is_coupon_page('unnested.referrer') }}) as is_from_coupons,
        bool_or(unnested.referrer is not null) as has_referrer
    from (
        select
            orders.order_id,
            {{ bare_url('unnest(orders.visits).referrerUrl') }} as referrer
        from orders
    ) as unnested
    group by unnested.order_id

),

posted as (

    select
        coded.order_id,
        coded.collaboration_id,
        max(posts.published_at) as last_posted_at
    from coded
    inner join posts
        on coded.collaboration_id = posts.collaboration_id and coded.ordered_at >= posts.published_at
    group by coded.order_id, coded.collaboration_id

),

-- where no post is known, its influencer may have posted until the deal ended
signs as (

    select
        coded.order_id,
        coded.ordered_at,
        coded.collaboration_id,
        told.order_id is not null as is_told,
        clicked.order_id is not null as is_clicked,
        coalesce(referred.is_from_coupons, false) as is_from_coupons,
        coalesce(referred.has_referrer, false) as has_referrer,
        coded.ordered_at
        > coalesce(posted.last_posted_at, collaborations.ends_on + interval '1 day')
        + to_days({{ leak_days() }}) as is_late
    from coded
    inner join collaborations on coded.collaboration_id = collaborations.collaboration_id
    left join told on coded.order_id = told.order_id
    left join clicked
        on coded.order_id = clicked.order_id and coded.collaboration_id = clicked.collaboration_id
    left join referred on coded.order_id = referred.order_id
    left join posted
        on coded.order_id = posted.order_id and coded.collaboration_id = posted.collaboration_id

),

suspects as (

    select
        signs.*,
        signs.is_told and signs.is_late and not signs.is_clicked and not signs.has_referrer as is_suspect
    from signs

),

crowded as (

    select
        suspects.*,
        count(*) filter (where suspects.is_suspect) over (
            partition by suspects.collaboration_id
            order by suspects.ordered_at
            range between interval '{{ leak_burst_hours() }} hours' preceding
            and interval '{{ leak_burst_hours() }} hours' following
        ) as suspects_around
    from suspects

),

final as (

    select
        crowded.order_id,
        crowded.collaboration_id,
        case
            when crowded.is_from_coupons and not crowded.is_clicked then true
            when crowded.is_told
                then crowded.is_suspect and crowded.suspects_around >= {{ leak_burst_orders() }}
        end as is_leaked,
        case
            when crowded.is_clicked then 'clicked'
            when crowded.is_from_coupons then 'coupon_page'
            when not crowded.is_told then 'journey_unknown'
            when crowded.has_referrer then 'referred'
            when not crowded.is_late then 'near_a_post'
            when crowded.suspects_around >= {{ leak_burst_orders() }} then 'late_burst'
            else 'alone'
        end as reason
    from crowded

)

select * from final
