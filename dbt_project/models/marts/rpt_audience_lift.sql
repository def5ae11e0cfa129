-- One row per campaign and account of the brand's, to date: the followers the campaign added, or why that is
-- not known.
with windows as (

    select * from {{ ref('int_lift_windows') }}

),

estimates as (

    select * from {{ ref('int_audience_lifts') }}

),

costs as (

    select
        costs.campaign_id,
        -- a sum with a hole in it is not a cost
        case when bool_and(costs.is_complete) then sum(costs.cost) end as cost
    from {{ ref('int_costs_to_date') }} as costs
    group by costs.campaign_id

),

settings as (

    select * from {{ ref('int_settings') }}

),

measured as (

    select
        windows.*,
        windows.measured_to - windows.measured_from + 1 as days_measured,
        least(windows.ends_on - windows.starts_on + 1, {{ least_lift_days() }}) as days_needed,
        estimates.history_days,
        estimates.obstacle,
        estimates.placebo_windows,
        -- a tenth of a follower is more than a model is good for, and does not change with the machine
        estimates.lift::decimal(18, 1) as lift,
        estimates.lift_lo::decimal(18, 1) as lift_lo,
        estimates.lift_hi::decimal(18, 1) as lift_hi,
        estimates.min_detectable_lift::decimal(18, 1) as min_detectable_lift,
        estimates.placebo_p::decimal(18, 6) as placebo_p,
        estimates.model_spread::decimal(18, 1) as model_spread,
        estimates.widening::decimal(18, 6) as widening,
        estimates.drift::decimal(18, 6) as drift,
        estimates.day_spread::decimal(18, 1) as day_spread,
        -- the days that are needed before the campaign are older than what may be kept of the account
        coalesce(windows.known_from, 'counter') = 'counter'
        and coalesce(
            windows.measured_from - {{ least_lift_history() }} < settings.as_of_date - windows.kept_days,
            false
        ) as is_beyond_keeping
    from windows
    cross join settings
    left join estimates
        on
            windows.campaign_id = estimates.campaign_id
            and windows.platform = estimates.platform
            and windows.account_id = estimates.account_id

),

found as (

    select
        measured.*,
        case
            when not measured.has_begun then 'not_begun'
            when measured.measured_from is null or measured.first_known_on is null then 'never_counted'
            when measured.opening_on is null then 'counted_too_late'
            when measured.measured_to is null then 'not_counted'
            when len(measured.overlapping_campaign_ids) > 0 then 'shared_days'
            when measured.days_measured < measured.days_needed then 'few_days'
            when measured.is_interrupted then 'interrupted'
            when measured.obstacle = 'history' and measured.history_days >= {{ least_lift_history() }}
                then 'few_moves'
            when measured.obstacle = 'history' then 'little_history'
            when measured.obstacle = 'gap' then 'no_count_between'
            when measured.lift_lo > 0 then 'above'
            when measured.lift_hi < 0 then 'below'
            else 'within'
        end as finding
    from measured

),

judged as (

    select
        found.* replace (
            case
                when
                    found.is_beyond_keeping
                    and found.finding in (
                        'counted_too_late', 'not_counted', 'few_days', 'few_moves', 'little_history'
                    )
                    then 'not_kept'
                else found.finding
            end as finding
        )
    from found

),

verdicts as (

    select
        judged.*,
        case
            when judged.finding = 'above' then 'up'
            when judged.finding = 'below' then 'down'
            when judged.finding in ('within', 'interrupted') then 'not_detectable'
            when judged.finding in ('shared_days', 'no_count_between') then 'not_separable'
            else 'too_short'
        end as verdict,
        judged.finding in ('above', 'below', 'within') as is_measured,
        judged.finding = 'shared_days' as is_joint
    from judged

),

final as (

    select
        verdicts.campaign_id,
        verdicts.platform,
        verdicts.account_id,
        verdicts.verdict,
        case verdicts.finding
            when 'not_begun' then 'the campaign has not begun'
            when 'never_counted' then 'the followers of this account were never read'
            when 'counted_too_late'
                then format(
                    'the account was first read on {}, not before the campaign', verdicts.first_known_on
                )
            when 'not_counted' then 'the followers were not read since the campaign began'
            when 'shared_days'
                then format(
                    'ran on the same days as {}', array_to_string(verdicts.overlapping_campaign_ids, ', ')
                )
            when 'few_days'
                then format(
                    '{} of the {} days that are needed were measured',
                    verdicts.days_measured, verdicts.days_needed
                )
            when 'interrupted' then 'the count began anew within the campaign, or a part of it is missing'
            when 'little_history'
                then format(
                    '{} days without a campaign are known before it, too few to say what is usual',
                    verdicts.history_days
                )
            when 'few_moves'
                then format(
                    'the platform rounds the count to {}, and before the campaign it moved on too few days',
                    verdicts.rounding_step
                )
            when 'not_kept'
                then format(
                    'counts of an account that has not authorised you are kept for {} days only,'
                    || ' so the {} days before the campaign are gone: have it authorise you',
                    verdicts.kept_days, {{ least_lift_history() }}
                )
            when 'no_count_between' then 'no count lies between it and the campaign before it'
            when 'within'
                then format(
                    'within what happens without a campaign; from {:d} followers on it would probably show',
                    ceil(verdicts.min_detectable_lift)::bigint
                )
            else 'beyond what happens without a campaign'
        end as reason,
        verdicts.starts_on,
        verdicts.ends_on,
        verdicts.overlapping_campaign_ids,
        verdicts.opening_on,
        verdicts.measured_from,
        verdicts.measured_to,
        verdicts.days_measured::integer as days_measured,
        case when not verdicts.is_joint then verdicts.observed_net end as observed_net,
        case when verdicts.is_measured then verdicts.observed_net - verdicts.lift end::decimal(18, 1)
            as counterfactual_net,
        {%- for column in ['lift', 'lift_lo', 'lift_hi', 'min_detectable_lift', 'placebo_p'] %}
            case when verdicts.is_measured then verdicts.{{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in ['lift', 'lift_lo', 'lift_hi'] %}
            case when verdicts.is_joint then verdicts.{{ column }} end as joint_{{ column }},
        {%- endfor %}
        costs.cost::decimal(18, 2) as cost,
        case when verdicts.verdict = 'up' then (costs.cost / verdicts.lift) end::decimal(18, 2)
            as cost_per_incremental_follower,
        settings.reporting_currency as currency_code,
        verdicts.known_from,
        verdicts.rounding_step,
        verdicts.history_days,
        verdicts.placebo_windows,
        verdicts.day_spread,
        verdicts.drift,
        verdicts.model_spread,
        verdicts.widening
    from verdicts
    cross join settings
    left join costs on verdicts.campaign_id = costs.campaign_id

)

select * from final
