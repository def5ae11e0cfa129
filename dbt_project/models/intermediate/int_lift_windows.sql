-- One row per campaign and account of the brand's: the days over which its lift can be measured.
with campaigns as (

    select * from {{ ref('stg_plan__campaigns') }}

),

own as (

    select * from {{ ref('stg_plan__accounts') }}
    where owner_id = 'brand'

),

counts as (

    select * from {{ ref('int_audience_counts') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

-- what the plan says last of an account counts, as it does for the purge (docs/retention.md)
accounts as (

    select
        own.platform,
        own.account_id,
        coalesce(
            max_by(coalesce(own.is_authorised, false), coalesce(own.valid_from, date '0001-01-01')) filter (
                where coalesce(own.valid_from, date '0001-01-01') <= settings.as_of_date
            ),
            false
        ) as is_authorised,
        any_value(settings.retention) as retention
    from own
    cross join settings
    group by own.platform, own.account_id

),

begun as (

    select
        campaigns.campaign_id,
        campaigns.starts_on,
        least(campaigns.ends_on, settings.as_of_date) as runs_until
    from campaigns
    inner join settings on campaigns.starts_on <= settings.as_of_date

),

-- campaigns that share days form one window: what they bring on those days cannot be told apart
numbered as (

    select
        begun.*,
        coalesce(
            begun.starts_on > max(begun.runs_until) over (
                order by begun.starts_on, begun.campaign_id
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins_window
    from begun

),

grouped as (

    select
        numbered.*,
        sum(numbered.begins_window::integer) over (
            order by numbered.starts_on, numbered.campaign_id
        ) as window_number
    from numbered

),

windows as (

    select
        grouped.window_number,
        min(grouped.starts_on) as window_from,
        max(grouped.runs_until) as window_to
    from grouped
    group by grouped.window_number

),

sharing as (

    select
        mine.campaign_id,
        list(others.campaign_id order by others.campaign_id) as overlapping_campaign_ids
    from grouped as mine
    inner join grouped as others
        on
            mine.window_number = others.window_number
            and mine.campaign_id != others.campaign_id
    group by mine.campaign_id

),

account_windows as (

    select
        accounts.platform,
        accounts.account_id,
        windows.window_number,
        windows.window_from,
        min(counts.date_day) as first_known_on,
        max(counts.date_day) as last_known_on,
        max(counts.date_day) filter (where counts.date_day < windows.window_from) as opening_on,
        max(counts.date_day) filter (
            where counts.date_day between windows.window_from and windows.window_to
        ) as measured_to
    from accounts
    cross join windows
    left join counts
        on accounts.platform = counts.platform and accounts.account_id = counts.account_id
    group by accounts.platform, accounts.account_id, windows.window_number, windows.window_from

),

netted as (

    select
        account_windows.platform,
        account_windows.account_id,
        account_windows.window_number,
        max(counts.count_to_date) filter (where counts.date_day = account_windows.measured_to)
        - max(counts.count_to_date) filter (where counts.date_day = account_windows.opening_on)
            as observed_net,
        max(counts.rounding_step) as rounding_step,
        any_value(counts.known_from) as known_from,
        -- a difference that nobody knows lies within
        coalesce(
            bool_or(counts.is_break) filter (where counts.date_day > account_windows.opening_on), false
        ) as is_interrupted
    from account_windows
    left join counts
        on
            account_windows.platform = counts.platform
            and account_windows.account_id = counts.account_id
            and counts.date_day between account_windows.opening_on and account_windows.measured_to
    group by account_windows.platform, account_windows.account_id, account_windows.window_number

),

final as (

    select
        campaigns.campaign_id,
        accounts.platform,
        accounts.account_id,
        campaigns.starts_on,
        campaigns.ends_on,
        grouped.campaign_id is not null as has_begun,
        coalesce(sharing.overlapping_campaign_ids, []) as overlapping_campaign_ids,
        account_windows.first_known_on,
        account_windows.opening_on,
        account_windows.window_from as measured_from,
        account_windows.measured_to,
        case when not netted.is_interrupted then netted.observed_net end as observed_net,
        netted.is_interrupted,
        netted.rounding_step,
        netted.known_from,
        -- for how many days counts of this account may be kept; null: no limit
        case
            when not accounts.is_authorised
                then
                    case accounts.platform
                        {%- for platform, days in kept_days_unauthorised().items() %}
                            when '{{ platform }}'
                                then
                                    coalesce(map_extract(accounts.retention, '{{ platform }}')[1], {{ days }})
                        {%- endfor %}
                    end
        end::integer as kept_days
    from campaigns
    cross join accounts
    left join grouped on campaigns.campaign_id = grouped.campaign_id
    left join sharing on campaigns.campaign_id = sharing.campaign_id
    left join account_windows
        on
            grouped.window_number = account_windows.window_number
            and accounts.platform = account_windows.platform
            and accounts.account_id = account_windows.account_id
    left join netted
        on
            grouped.window_number = netted.window_number
            and accounts.platform = netted.platform
            and accounts.account_id = netted.account_id

)

select * from final
