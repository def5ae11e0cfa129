-- One row per campaign.
with campaigns as (

    select * from {{ ref('stg_plan__campaigns') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

final as (

    select
        campaigns.campaign_id,
        campaigns.name,
        campaigns.objective,
        campaigns.starts_on,
        campaigns.ends_on,
        campaigns.budget_amount,
        campaigns.currency_code as budget_currency_code,
        coalesce(campaigns.contribution_margin, settings.contribution_margin) as contribution_margin
    from campaigns
    cross join settings

)

select * from final
