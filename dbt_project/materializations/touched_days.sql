{#- The day of which a row of evidence on accounts speaks, by its staging model. -#}
{% macro days_of_staging() -%}
    {{ return({
        'stg_youtube__channels': 'observed_at::date',
        'stg_youtube_analytics__channel_days': 'least(asked_from, date_day)',
        'stg_instagram__accounts': 'observed_at::date',
        'stg_instagram__discovery_accounts': 'observed_at::date',
        'stg_instagram__user_insights': 'asked_from',
        'stg_tiktok__accounts': 'observed_at::date',
        'stg_tiktok_business__account_days': 'date_day'
    }) }}
{%- endmacro %}

{#-
The first day of which rows staged since the last build speak; null when there are none. What a model says of
earlier days cannot have changed as long as it says nothing of a day but what was seen until then, and as the
plan and the models are those of the last build (else it is a full one).
-#}
{% macro first_touched_day() -%}
    {%- set staging -%}{{ this.database }}.staging{%- endset -%}
    {#- as a constant, which lets the scans skip what is older -#}
    {%- set since = run_query(
        "select min(first_observed_at at time zone 'UTC')::varchar from ops.new_streams"
    ).columns[0].values()[0] -%}
    {%- set sql -%}
        select min(day)::varchar from (
            {% for model, day in days_of_staging().items() %}
                select min({{ day }}) as day from {{ staging }}.{{ model }}
                where
                    observed_at >= {{ "'" ~ since ~ "'" if since else 'null' }}::timestamp
                    and fetch_id in (select fetch_id from ops.new_streams)
                union all
            {% endfor %}
            -- an account that the Display API shows for the first time loses all its days of the Business API
            select min(date_day) as day
            from {{ staging }}.stg_tiktok_business__account_days
            where account_id in (
                select account_id from {{ staging }}.stg_tiktok__accounts
                group by account_id
                having bool_and(fetch_id in (select fetch_id from ops.new_streams))
            )
        )
    {%- endset -%}
    {%- set day = run_query(sql).columns[0].values()[0] -%}
    {{ "'" ~ day ~ "'::date" if day else 'null::date' }}
{%- endmacro %}

{#- A hook before a model that is built by days: what new evidence touches goes, to be made again. -#}
{% macro forget_touched_days() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where date_day >= {{ first_touched_day() }}
    {%- endif -%}
{%- endmacro %}

{#- Keeps the rows of touched days, by `day`; in a full build all of them. -#}
{% macro is_touched(day) -%}
    {%- if this and is_incremental() -%}
        {{ day }} >= {{ first_touched_day() }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
