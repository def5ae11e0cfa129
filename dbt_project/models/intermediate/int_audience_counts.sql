-- One row per account of the brand's and day of which its followers are known: a running count whose
-- differences are followers won or lost.
with accounts as (

    select * from {{ ref('stg_plan__accounts') }}
    where owner_id = 'brand'

),

observations as (

    select * from {{ ref('int_account_observations') }}
    where followers is not null

),

flows as (

    select * from {{ ref('int_account_flows') }}
    where followers_gained is not null and followers_lost is not null

),

-- a count belongs to the midnight next to it: one read at three in the morning is that of the day before.
-- The last one of a day is the day's.
nights as (

    select
        observations.*,
        (observations.observed_at - interval 12 hour)::date as date_day
    from observations

),

levels as (

    select
        'counter' as basis,
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
        'dated' as basis,
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
        count(*) over (partition by own.platform, own.account_id, own.basis) as days_known
    from own

),

chosen as (

    select counted.*
    from counted
    qualify dense_rank() over (
        partition by counted.platform, counted.account_id
        order by counted.days_known desc, counted.basis desc
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
        before.basis,
        before.count_to_date,
        before.rounding_step,
        -- followers of a day without dated figures are unknown for good; a counter that halves or doubles
        -- between two looks began anew
        coalesce(
            case
                when before.basis = 'dated' then before.date_day - before.day_before > 1
                when before.count_before is not null
                    then {{ began_anew('before.count_to_date', 'before.count_before') }}
            end,
            false
        ) as is_break
    from before

)

select * from final
