-- One row per account of the plan, handle and who told it: since when and until when it was seen.
with handles as (

    select * from {{ ref('int_account_handles') }}

),

accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

known as (

    select
        accounts.platform,
        accounts.account_id,
        max_by(accounts.owner_id, coalesce(accounts.valid_from, '0001-01-01')) as owner_id
    from accounts
    group by accounts.platform, accounts.account_id

),

final as (

    select
        handles.platform,
        handles.account_id,
        handles.handle,
        handles.told_by,
        known.owner_id,
        case when handles.first_seen_at::date > '0001-01-01' then handles.first_seen_at::date end
            as first_seen_on,
        handles.last_seen_at::date as last_seen_on,
        -- of what one teller says of the account, the newest
        row_number() over (
            partition by handles.platform, handles.account_id, handles.told_by
            order by handles.last_seen_at desc, handles.handle asc
        ) = 1 as is_newest,
        handles.is_shared
    from handles
    inner join known on handles.platform = known.platform and handles.account_id = known.account_id

)

select * from final
