-- One row per currency and day with rates: units per euro of it and of the reporting currency.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with rates as (

    select
        rates.rate_date,
        rates.currency_code,
        rates.units_per_euro
    from {{ ref('stg_ecb__rates') }} as rates

),

settings as (

    select * from {{ ref('int_settings') }}

),

with_euro as (

    select * from rates
    union all
    select distinct
        rates.rate_date,
        'EUR' as currency_code,
        1 as units_per_euro
    from rates

),

final as (

    select
        with_euro.rate_date,
        with_euro.currency_code,
        with_euro.units_per_euro,
        reporting.units_per_euro as reporting_units_per_euro
    from with_euro
    inner join settings on true
    inner join with_euro as reporting
        on
            with_euro.rate_date = reporting.rate_date
            and settings.reporting_currency = reporting.currency_code

)

select * from final
