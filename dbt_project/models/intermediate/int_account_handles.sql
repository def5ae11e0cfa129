-- One row per platform, account, handle and who told it (the vendor or the plan), with the span in which it
-- was seen or planned. Handles are bare and lowercase.
with plan_accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

sightings as (

    select * from {{ ref('int_handle_sightings') }}

),

spans as (

    select
        sightings.platform,
        sightings.account_id,
        sightings.handle,
        'vendor' as told_by,
        sightings.first_seen_at,
        sightings.last_seen_at
    from sightings
    union all
    select
        plan_accounts.platform,
        plan_accounts.account_id,
        {{ bare_handle('plan_accounts.handle') }} as handle,
        'plan' as told_by,
        min(coalesce(plan_accounts.valid_from, '0001-01-01'))::timestamp as first_seen_at,
        max(coalesce(plan_accounts.valid_to, settings.as_of_date))::timestamp + interval 1 day
        - interval 1 second as last_seen_at
    from plan_accounts
    cross join settings
    group by plan_accounts.platform, plan_accounts.account_id, {{ bare_handle('plan_accounts.handle') }}

),

-- one handle under two ids at one time: nobody can say whose it was
shared as (

    select distinct
        spans.platform,
        spans.account_id,
        spans.handle
    from spans
    inner join spans as others
        on
            spans.platform = others.platform
            and spans.handle = others.handle
            and spans.account_id != others.account_id
            and spans.first_seen_at <= others.last_seen_at
            and spans.last_seen_at >= others.first_seen_at

),

final as (

    select
        spans.*,
        shared.handle is not null as is_shared
    from spans
    left join shared
        on
            spans.platform = shared.platform
            and spans.account_id = shared.account_id
            and spans.handle = shared.handle

)

select * from final
