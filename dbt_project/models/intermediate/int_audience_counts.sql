-- One row per account of the brand's and day of which its followers are known: a running count whose
-- differences are followers won or lost.
with accounts as (

    select * from {{ ref('stg_plan__accounts') }}
    where owner_id = 'brand'

),

observations as (

    select observations.*
    from {{ ref('int_account_observations') }} as observations
    semi join accounts
        on observations.platform = accounts.platform and observations.account_id = accounts.account_id
    where observations.followers is not null

),

flows as (

    select flows.*
    from {{ ref('int_account_flows') }} as flows
    semi join accounts
        on flows.platform = accounts.platform and flows.account_id = accounts.account_id
    where flows.followers_gained is not null and flows.followers_lost is not null

),

-- the last one of a day is the day's
nights as (

    select
        observations.*,
        {{ closing_day('observations.observed_at') }} as date_day
    from observations

),

levels as (

    select
        'counter' as known_from,
        nights.platform,
        nights.account_id,
        nights.date_day,
        nights.followers as count_to_date,
        case
            when nights.is_rounded then {{ rounding_step('nights.followers') }}
            else 0
        end::bigint as rounding_step
    from nights
    qualify row_number() over (
        partition by nights.platform, nights.account_id, nights.date_day
        order by nights.observed_at desc
    ) = 1

),

dated as (

    select
        'dated' as known_from,
        flows.platform,
        flows.account_id,
        flows.date_day,
        sum(flows.followers_gained - flows.followers_lost) over (
            partition by flows.platform, flows.account_id order by flows.date_day
        )::bigint as count_to_date,
        0::bigint as rounding_step
    from flows

),

own as (

    select known.*
    from (
        select * from levels
        union all by name
        select * from dated
    ) as known
    semi join accounts
        on
            known.platform = accounts.platform
            and known.account_id = accounts.account_id
            and {{ is_within('known.date_day', 'accounts.valid_from', 'accounts.valid_to') }}

),

-- what the platform dates itself is neither rounded nor older than it says: it wins where it covers as much
counted as (

    select
        own.*,
        count(*) over (partition by own.platform, own.account_id, own.known_from) as days_known
    from own

),

chosen as (

    select counted.*
    from counted
    qualify dense_rank() over (
        partition by counted.platform, counted.account_id
        order by counted.days_known desc, counted.known_from desc
    ) = 1

),

before as (

    select
        chosen.*,
        lag(chosen.date_day) over history as day_before,
        lag(chosen.count_to_date) over history as count_before
    from chosen
    window history as (
        partition by chosen.platform, chosen.account_id order by chosen.date_day
    )

),

final as (

    select
        before.platform,
        before.account_id,
        before.date_day,
        before.known_from,
        before.count_to_date,
        before.rounding_step,
        -- followers of a day without dated figures are unknown for good; a counter that halves or doubles
        -- between two looks began anew
        coalesce(
            case
                when before.known_from = 'dated' then before.date_day - before.day_before > 1
                when before.count_before is not null
                    then {{ began_anew('before.count_to_date', 'before.count_before') }}
            end,
            false
        ) as is_break
    from before

)

select * from final
