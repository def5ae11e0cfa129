-- One row per order and collaboration whose code it used: whether the code seems to have leaked to
-- buyers whom its influencer did not send. A flag; the order stays credited.
{{ config(
    materialized='incremental', meta={'clustered_by': 'order_id'},
    pre_hook=["{{ list_touched_deals() }}", "{{ keep_leaks_before() }}", "{{ forget_touched_deals() }}"],
    post_hook=["{{ list_touched_leaks() }}", "{{ forget_leaks_before() }}", "{{ keep_posts_of_deals() }}"]
) }}
with signs as (

    select * from {{ ref('int_order_leak_signs') }}
    where {{ is_deal_touched('collaboration_id') }}

),

posts as (

    {{ posts_of_deals() }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

posted as (

    select
        signs.order_id,
        signs.collaboration_id,
        max(posts.published_at) as last_posted_at
    from signs
    inner join posts
        on signs.collaboration_id = posts.collaboration_id and signs.ordered_at >= posts.published_at
    group by signs.order_id, signs.collaboration_id

),

-- where no post is known, its influencer may have posted until the deal ended
dated as (

    select
        signs.*,
        signs.ordered_at
        > coalesce(posted.last_posted_at, collaborations.ends_on + interval '1 day')
        + to_days({{ leak_days() }}) as is_late
    from signs
    inner join collaborations on signs.collaboration_id = collaborations.collaboration_id
    left join posted
        on signs.order_id = posted.order_id and signs.collaboration_id = posted.collaboration_id

),

suspects as (

    select
        dated.*,
        dated.is_told and dated.is_late and not dated.is_clicked and not dated.has_referrer as is_suspect
    from dated

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
