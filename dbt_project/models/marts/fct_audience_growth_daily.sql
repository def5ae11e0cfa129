-- One row per account and UTC day from its first to its last observation, gaps included.
{{ config(
    materialized='incremental', meta={'clustered_by': 'date_day'},
    pre_hook="{{ forget_touched_days(['followers', 'flows']) }}"
) }}
{% set goes_on = this and is_incremental() -%}
with observations as (

    select * from {{ ref('int_account_observations') }}
    where {{ is_touched('observed_at', ['followers', 'flows']) }}

),

flows as (

    select
        flows.*,
        -- a count read at night is the sum of the day before, one read in the evening of its own
        max(flows.followers_lost) over (
            partition by flows.platform, flows.account_id
            order by flows.date_day
            range between interval 1 day preceding and current row
        ) as most_lost
    from {{ ref('int_account_flows') }} as flows
    where {{ is_touched('flows.date_day', ['followers', 'flows'], days_before=1) }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

known_accounts as (

    select
        observations.platform,
        observations.account_id
    from observations
    union
    select
        flows.platform,
        flows.account_id
    from flows

),

seen_lately as (

    {% if goes_on -%}
        select
            earlier.platform,
            earlier.account_id
        from {{ this }} as earlier
        where
            earlier.is_observed
            and {{ is_touched('earlier.date_day', ['followers', 'flows'], days_before=28) }}
    {%- else -%}
        select
            null::varchar as platform,
            null::varchar as account_id
        where false
    {%- endif %}

),

-- accounts of which nothing was seen for weeks; of all others the last weeks tell where they stood
silent as (

    select
        known_accounts.platform,
        known_accounts.account_id
    from known_accounts
    anti join seen_lately
        on
            known_accounts.platform = seen_lately.platform
            and known_accounts.account_id = seen_lately.account_id

),

earlier_days as (

    {% if goes_on -%}
        select earlier.*
        from {{ this }} as earlier
        where {{ is_touched('earlier.date_day', ['followers', 'flows'], days_before=28) }}
        union all by name
        select earlier.*
        from {{ this }} as earlier
        semi join silent on earlier.platform = silent.platform and earlier.account_id = silent.account_id
        where {{ is_before_touched('earlier.date_day', ['followers', 'flows'], days_before=28) }}
    {%- else -%}
        select
            silent.platform,
            silent.account_id,
            null::date as date_day,
            null::bigint as followers,
            null::boolean as is_rounded,
            null::boolean as is_observed
        from silent
        where false
    {%- endif %}

),

-- where each account stood before the days that are made again
before as (

    select
        earlier_days.platform,
        earlier_days.account_id,
        max(earlier_days.date_day) as last_day,
        max(earlier_days.date_day) filter (where earlier_days.is_observed) as observed_on,
        max_by(earlier_days.followers, earlier_days.date_day) filter (where earlier_days.is_observed)
            as followers,
        max_by(earlier_days.is_rounded, earlier_days.date_day) filter (where earlier_days.is_observed)
            as is_rounded
    from earlier_days
    group by earlier_days.platform, earlier_days.account_id

),

-- the last count of a day is the day's count
levels as (

    select
        observations.platform,
        observations.account_id,
        observations.observed_at::date as date_day,
        {{ closing_day('observations.observed_at') }} as closing_day,
        observations.followers,
        observations.is_rounded
    from observations
    where observations.followers is not null
    qualify row_number() over (
        partition by observations.platform, observations.account_id, observations.observed_at::date
        order by observations.observed_at desc
    ) = 1

),

level_history as (

    select * from levels
    union all by name
    select
        before.platform,
        before.account_id,
        before.observed_on as date_day,
        before.followers,
        before.is_rounded
    from before
    where before.observed_on is not null

),

differences as (

    select
        levels.*,
        lag(levels.followers) over account_history as followers_opening,
        levels.is_rounded or lag(levels.is_rounded) over account_history as is_net_rounded,
        levels.followers - lag(levels.followers) over account_history as followers_net,
        levels.date_day - lag(levels.date_day) over account_history as days_spanned
    from level_history as levels
    window account_history as (
        partition by levels.platform, levels.account_id order by levels.date_day
    )

),

known_days as (

    select
        observations.platform,
        observations.account_id,
        observations.observed_at::date as date_day
    from observations
    union all
    select
        flows.platform,
        flows.account_id,
        flows.date_day
    from flows

),

calendar as (

    select
        known_days.platform,
        known_days.account_id,
        unnest(generate_series(
            coalesce(before.last_day + 1, min(known_days.date_day)), max(known_days.date_day), interval 1 day
        ))::date as date_day
    from known_days
    left join before on known_days.platform = before.platform and known_days.account_id = before.account_id
    group by known_days.platform, known_days.account_id, before.last_day

),

owned as (

    select
        calendar.platform,
        calendar.account_id,
        calendar.date_day,
        accounts.owner_id
    from calendar
    left join accounts
        on
            calendar.platform = accounts.platform
            and calendar.account_id = accounts.account_id
            and {{ is_within('calendar.date_day', 'accounts.valid_from', 'accounts.valid_to') }}
    qualify row_number() over (
        partition by calendar.platform, calendar.account_id, calendar.date_day
        order by accounts.valid_from desc nulls last
    ) = 1

),

-- an influencer takes part in the campaigns of his deals, the brand in all
campaign_periods as (

    select
        collaborations.influencer_id as owner_id,
        collaborations.campaign_id,
        collaborations.starts_on,
        collaborations.ends_on
    from collaborations
    union all
    select
        'brand' as owner_id,
        campaigns.campaign_id,
        campaigns.starts_on,
        campaigns.ends_on
    from campaigns

),

campaign_days as (

    select
        owned.platform,
        owned.account_id,
        owned.date_day,
        list(distinct campaign_periods.campaign_id order by campaign_periods.campaign_id) as campaign_ids
    from owned
    inner join campaign_periods
        on
            owned.owner_id = campaign_periods.owner_id
            and owned.date_day between campaign_periods.starts_on and campaign_periods.ends_on
    group by owned.platform, owned.account_id, owned.date_day

),

final as (

    select
        owned.platform,
        owned.account_id,
        owned.date_day,
        owned.owner_id,
        differences.followers_opening,
        differences.followers,
        flows.followers_gained,
        flows.followers_lost,
        differences.followers_net,
        -- the steps of a rounded count are no growth: there the platform's own dates count
        {{ ratio(
            'case when differences.is_net_rounded then flows.followers_gained - flows.followers_lost'
            ~ ' else differences.followers_net end',
            'differences.followers_opening'
        ) }} as follower_growth_rate,
        differences.days_spanned::integer as days_spanned,
        differences.closing_day,
        differences.followers is not null as is_observed,
        differences.is_rounded,
        -- counts are read at another hour than a platform's day ends, so losses may count twice
        case
            when differences.followers_opening is not null
                then
                    {{ began_anew('differences.followers', 'differences.followers_opening') }}
                    or coalesce(
                        not differences.is_net_rounded
                        and differences.days_spanned = 1
                        and -differences.followers_net > 2 * flows.most_lost,
                        false
                    )
        end as is_correction,
        coalesce(campaign_days.campaign_ids, []) as campaign_ids
    from owned
    left join differences
        on
            owned.platform = differences.platform
            and owned.account_id = differences.account_id
            and owned.date_day = differences.date_day
    left join flows
        on
            owned.platform = flows.platform
            and owned.account_id = flows.account_id
            and owned.date_day = flows.date_day
    left join campaign_days
        on
            owned.platform = campaign_days.platform
            and owned.account_id = campaign_days.account_id
            and owned.date_day = campaign_days.date_day

)

select * from final
