-- One row per campaign and influencer: the default attribution model and window only.
{{ config(materialized='view') }}
with report as (

    select * from {{ ref('rpt_influencer_roi') }}

),

final as (

    select report.* exclude (is_default)
    from report
    where report.is_default

)

select * from final
