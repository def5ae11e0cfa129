-- One row per attribution model and lookback window that credits are computed for.
with settings as (

    select * from {{ ref('int_settings') }}

),

final as (

    select
        'last_touch' as attribution_model,
        settings.lookback_days,
        true as is_default
    from settings
    where settings.lookback_days is not null

)

select * from final
