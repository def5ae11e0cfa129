-- One row per campaign: the default attribution model and window only.
{{ config(materialized='view') }}
with report as (

    select * from {{ ref('rpt_campaign_roi') }}

),

final as (

    select report.* exclude (is_default)
    from report
    where report.is_default

)

select * from final
