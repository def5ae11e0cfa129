-- One row per cost line of the plan, in the reporting currency.
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

final as (

    select
        rated.cost_id,
        rated.fetch_id,
        rated.collaboration_id,
        rated.campaign_id,
        rated.influencer_id,
        rated.cost_type,
        rated.incurred_on,
        rated.paid_on,
        rated.first_day,
        greatest(rated.first_day, rated.last_day) as last_day,
        rated.cost_amount,
        rated.currency_code as cost_currency_code,
        rated.reporting_currency as currency_code,
        {{ convert_amount('rated.cost_amount', 'rated.from_units', 'rated.to_units') }} as cost,
        case when rated.from_units is null or rated.to_units is null then 'no_rate' end as quarantine_reason
    from rated

)

select * from final
