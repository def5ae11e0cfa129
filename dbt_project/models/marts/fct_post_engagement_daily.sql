-- One row per post and UTC day on which it was observed.
{{ config(materialized='incremental', meta={'clustered_by': 'date_day'}, pre_hook=[
    "{{ forget_touched_days(['posts']) }}",
    "{{ forget_days_of_changed_posts(ref('int_post_totals')) }}"
]) }}
{% set counters = ['views', 'likes', 'comments', 'shares', 'saves', 'engagements'] %}
{% set spanned = ['views', 'engagements'] %}
{#- the counters whose definition a counter depends on -#}
{% set defined_by = {'engagements': ['likes', 'comments', 'shares']} %}
{%- set goes_on = this and is_incremental() %}
{%- set totals = ref('int_post_totals') %}
with starts as (

    select * from {{ ref('int_posts_at_start') }}

),

post_days as (

    select * from {{ ref('int_post_days_unioned') }}
    where {{ is_touched('date_day', ['posts']) }}
    {% if goes_on -%}
        -- a post described anew is made again from its first day
        union all
        select * from {{ ref('int_post_days_unioned') }}
        where
            {{ is_post_listed('changed_posts') }}
            and {{ is_before_touched('date_day', ['posts']) }}
            and date_day >= {{ first_day_of_changed_posts(totals) }}
    {%- endif %}

),

-- where each other post stood before the days that are made again
before as (

    {% if goes_on -%}
        select * from ({{ totals_before() }}) as totals
        where not {{ is_post_listed('changed_posts', 'totals') }}
    {%- else -%}
        select * from {{ totals }}
        where false
    {%- endif %}

),

epochs as (

    select * from {{ ref('metric_epochs') }}

),

changes as (

    select
        epochs.platform,
        list(struct_pack(
            metric := epochs.metric,
            starts_on := epochs.starts_on,
            settled_on := epochs.settled_on
        )) as changes
    from epochs
    group by epochs.platform

),

history as (

    select
        post_days.*,
        lag(post_days.date_day) over post_history as previous_day,
        -- a metric may be read on fewer days than the post: its own last value is what it grew from
        {%- for counter in counters %}
            lag(post_days.{{ counter }} ignore nulls) over post_history as previous_{{ counter }},
        {%- endfor %}
    {%- for counter in counters %}
        lag(case when post_days.{{ counter }} is not null then post_days.date_day end ignore nulls)
            over post_history as {{ counter }}_previous_day
        {{- ',' if not loop.last }}
    {%- endfor %}
    from post_days
    window post_history as (
        partition by post_days.platform, post_days.post_id order by post_days.date_day
    )

),

previous as (

    select
        history.* replace (
            {%- for counter in counters %}
                coalesce(history.previous_{{ counter }}, before.{{ counter }}) as previous_{{ counter }},
                coalesce(history.{{ counter }}_previous_day, before.{{ counter }}_on)
                    as {{ counter }}_previous_day,
            {%- endfor %}
            coalesce(history.previous_day, before.last_observed_on) as previous_day
        )
    from history
    left join before on history.platform = before.platform and history.post_id = before.post_id

),

based as (

    select
        previous.*,
        starts.published_at,
        coalesce(
            previous.previous_day is null
            -- a post that we were there to see come out, and met on its first night, started from zero
            and starts.is_seen_from_start
            and previous.observed_at >= starts.published_at
            and previous.observed_at <= starts.published_at + interval {{ first_night_hours() }} hour,
            false
        ) as is_first_night
    from previous
    left join starts
        on
            previous.platform = starts.platform
            and previous.post_id = starts.post_id

),

-- a difference over a changed definition is no growth
breaks as (

    select
        based.*,
    {%- for counter in counters %}
        based.{{ counter }} is not null
        and {{ spans_a_change(
            'changes.changes', defined_by.get(counter, [counter]),
            'based.' ~ counter ~ '_previous_day', 'based.date_day'
        ) }} as is_{{ counter }}_break
        {{- ',' if not loop.last }}
    {%- endfor %}
    from based
    left join changes on based.platform = changes.platform

),

differences as (

    select
        based.*,
        case
            when based.is_first_night then greatest(based.date_day - based.published_at::date, 1)
            else based.date_day - based.previous_day
        end as days_spanned,
        {%- for counter in spanned %}
            case
                when based.{{ counter }} is null or based.is_{{ counter }}_break then null
                when based.is_first_night then greatest(based.date_day - based.published_at::date, 1)
                else based.date_day - based.{{ counter }}_previous_day
            end as {{ counter }}_days_spanned,
        {%- endfor %}
    {%- for counter in counters %}
        case
            when not based.is_{{ counter }}_break
                then based.{{ counter }} - if(based.is_first_night, 0, based.previous_{{ counter }})
        end as {{ counter }}_daily
        {{- ',' if not loop.last }}
    {%- endfor %}
    from breaks as based

),

final as (

    select
        differences.platform,
        differences.post_id,
        differences.date_day,
        differences.observed_at,
        differences.days_spanned::integer as days_spanned,
        {%- for counter in spanned %}
            differences.{{ counter }}_days_spanned::integer as {{ counter }}_days_spanned,
        {%- endfor %}
        {%- for counter in counters %}
            differences.{{ counter }}_daily as {{ counter }},
        {%- endfor %}
        {%- for counter in counters %}
            differences.{{ counter }} as {{ counter }}_to_date,
        {%- endfor %}
        differences.reach as reach_to_date,
        coalesce(least(
            {%- for counter in counters %}
                differences.{{ counter }}_daily
                {{- ',' if not loop.last }}
            {%- endfor %}
        ) < 0, false) as is_correction,
        epochs.metric_epoch,
        {% for counter in counters -%}
            differences.is_{{ counter }}_break
            {{- ' or ' if not loop.last }}
        {%- endfor %} as is_epoch_break
    from differences
    asof left join epochs
        on
            differences.platform = epochs.platform
            and differences.date_day >= epochs.starts_on

)

select * from final
