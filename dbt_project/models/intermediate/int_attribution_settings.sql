-- One row per attribution model and lookback window that credits are computed for.
with brand as (

    select * from {{ ref('stg_plan__brand') }}

),

models as (

    select
        brand.attribution_model as default_model,
        unnest(coalesce(brand.attribution_models, [brand.attribution_model])) as attribution_model
    from brand

),

windows as (

    select
        brand.lookback_days as default_days,
        unnest(coalesce(brand.attribution_windows, [brand.lookback_days])) as lookback_days
    from brand

),

final as (

    select
        models.attribution_model,
        windows.lookback_days,
        models.attribution_model = models.default_model and windows.lookback_days = windows.default_days
            as is_default
    from models
    cross join windows
    where windows.lookback_days is not null

)

select * from final
