-- One row per cost line of the plan, in the reporting currency.
{{ config(pre_hook="{{ keep_last_build() }}") }}
with costs as (

    select * from {{ ref('stg_plan__costs') }}

),

collaborations as (

    select * from {{ ref('stg_plan__collaborations') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

dated as (

    select
        costs.*,
        collaborations.campaign_id,
        collaborations.influencer_id,
        settings.reporting_currency,
        -- at the rate of the day it was paid, until then of the day it was incurred; a day still to
        -- come has today's rate
        case
            when costs.paid_on <= settings.as_of_date then costs.paid_on
            else least(costs.incurred_on, settings.as_of_date)
        end as rated_on,
        coalesce(costs.spread_from, collaborations.starts_on) as first_day,
        coalesce(costs.spread_to, collaborations.ends_on) as last_day
    from costs
    inner join collaborations on costs.collaboration_id = collaborations.collaboration_id
    cross join settings

),

rated as (

    select
        dated.*,
        case
            when dated.currency_code = dated.reporting_currency then 1
            when exchange_rates.rate_date >= dated.rated_on - {{ rate_age_days() }}
                then exchange_rates.units_per_euro
        end as from_units,
        case
            when dated.currency_code = dated.reporting_currency then 1
            else exchange_rates.reporting_units_per_euro
        end as to_units
    from dated
    asof left join exchange_rates
        on
            dated.currency_code = exchange_rates.currency_code
            and dated.rated_on >= exchange_rates.rate_date

),

converted as (

    select
        rated.*,
        {{ convert_amount('rated.cost_amount', 'rated.from_units', 'rated.to_units') }} as cost
    from rated

),

final as (

    select
        converted.cost_id,
        converted.fetch_id,
        converted.collaboration_id,
        converted.campaign_id,
        converted.influencer_id,
        converted.cost_type,
        converted.incurred_on,
        converted.paid_on,
        converted.first_day,
        greatest(converted.first_day, converted.last_day) as last_day,
        converted.cost_amount,
        converted.currency_code as cost_currency_code,
        converted.reporting_currency as currency_code,
        converted.cost,
        case
            when converted.cost_amount is null then 'no_amount'
            when converted.from_units is null or converted.to_units is null then 'no_rate'
            when converted.cost is null then 'amount_out_of_range'
        end as quarantine_reason
    from converted

)

select * from final
