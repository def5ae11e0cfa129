-- One row per handle in a period of its validity.
with accounts as (

    select * from {{ ref('stg_plan__accounts') }}

),

final as (

    select
        accounts.platform,
        accounts.account_id,
        accounts.handle,
        accounts.owner_id,
        accounts.is_authorised,
        accounts.valid_from,
        accounts.valid_to
    from accounts

)

select * from final
