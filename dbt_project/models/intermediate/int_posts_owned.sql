-- One row per post with the account's owner when it was published. A handle may change owners.
{{ config(materialized='incremental', pre_hook=[
    '{{ list_touched_posts() }}', "{{ forget_posts('touched_posts') }}"
]) }}
with posts as (

    select * from {{ ref('int_posts_unioned') }}
    where {{ is_post_listed('touched_posts') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

dated as (

    select
        posts.*,
        {{ local_date('posts.published_at', 'settings.time_zone') }} as published_on
    from posts
    cross join settings

),

owned as (

    select
        dated.*,
        -- the plan refuses an account of two owners at once; should one get here, it is nobody's
        case
            when
                min(accounts.owner_id) over (partition by dated.platform, dated.post_id)
                = max(accounts.owner_id) over (partition by dated.platform, dated.post_id)
                then accounts.owner_id
        end as owner_id
    from dated
    left join accounts
        on
            dated.platform = accounts.platform
            and dated.account_id = accounts.account_id
            and {{ is_within('dated.published_on', 'accounts.valid_from', 'accounts.valid_to') }}
    qualify row_number() over (
        partition by dated.platform, dated.post_id order by accounts.valid_from desc nulls last
    ) = 1

),

final as (

    select
        owned.*,
        nullif(owned.owner_id, 'brand') as influencer_id
    from owned

)

select * from final
