{#-
The only doors from raw into staging. A row comes in when its stream was accepted by the raw gate,
it is not quarantined itself, and its fetch had read the whole stream at or before `as_of`: half a
list is never seen. An incremental model takes only what is new since the last build; so no model that
uses this may look beyond one fetch, or it is no incremental model.
-#}
{% macro accepted_rows(source_name, stream) -%}
    select
        raw_rows.payload,
        raw_rows.context,
        raw_rows.fetch_id,
        raw_rows.page,
        raw_rows.observed_at at time zone 'UTC' as observed_at
    from {{ source(source_name, stream) }} as raw_rows
    where
        raw_rows.quarantine_reason is null
        and raw_rows.fetch_id in (
            {#- a unit test has no table to append to #}
            {%- if this and is_incremental() %}
                -- what microlift listed before it started this build: all of it is accepted
                select new_streams.fetch_id
                from ops.new_streams as new_streams
                where
                    new_streams.source = '{{ source_name }}'
                    and new_streams.stream = '{{ stream }}'
            {%- else %}
                select fetch_streams.fetch_id
                from {{ source('raw', 'fetch_streams') }} as fetch_streams
                where
                    fetch_streams.source = '{{ source_name }}'
                    and fetch_streams.stream = '{{ stream }}'
                    and fetch_streams.status = 'accepted'
                    and {{ is_visible('fetch_streams.last_observed_at') }}
            {%- endif %}
        )
{%- endmacro %}

{#- The plan is one document: only its newest wholly accepted fetch speaks. -#}
{% macro plan_rows(stream) -%}
    select
        raw_rows.payload,
        raw_rows.fetch_id
    from {{ source('plan', stream) }} as raw_rows
    where
        raw_rows.quarantine_reason is null
        and raw_rows.fetch_id = (
            select max(fetches.fetch_id)
            from {{ source('raw', 'fetches') }} as fetches
            where
                fetches.source = 'plan'
                and {{ is_visible('fetches.observed_to') }}
                and fetches.fetch_id not in (
                    select fetch_streams.fetch_id
                    from {{ source('raw', 'fetch_streams') }} as fetch_streams
                    where
                        fetch_streams.source = 'plan'
                        and fetch_streams.status is distinct from 'accepted'
                )
        )
{%- endmacro %}

{#- What was fetched counts from the instant at which its last page was observed. -#}
{% macro is_visible(observed_to) -%}
    {%- if var('as_of') -%}
        {{ observed_to }} <= '{{ var("as_of") }}'::timestamptz
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
