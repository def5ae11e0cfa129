-- One row per platform, account and handle that the vendor gave it: since when and until when it was seen.
-- Handles are bare and lowercase. A new fetch only widens what was known before.
{{ config(materialized='incremental', unique_key=['platform', 'account_id', 'handle']) }}
{% set tellers = [
    ('instagram', 'stg_instagram__accounts'), ('instagram', 'stg_instagram__discovery_accounts'),
    ('instagram', 'stg_instagram__candidates'), ('youtube', 'stg_youtube__channels'),
    ('youtube', 'stg_youtube__candidates'),
] -%}
with as_written as (
    {% for platform, model in tellers %}
        select
            '{{ platform }}' as platform,
            told.account_id,
            told.handle,
            min(told.observed_at) as first_seen_at,
            max(told.observed_at) as last_seen_at
        from {{ ref(model) }} as told
        where told.handle is not null and {{ is_unbuilt('told') }}
        group by told.account_id, told.handle
        {% if not loop.last %} union all {% endif %}
    {% endfor %}

),

sightings as (

    select
        as_written.platform,
        as_written.account_id,
        {{ bare_handle('as_written.handle') }} as handle,
        as_written.first_seen_at,
        as_written.last_seen_at
    from as_written

),

known as (

    select * from sightings
    {% if this and is_incremental() -%}
        union all
        select before.*
        from {{ this }} as before
        semi join sightings
            on
                before.platform = sightings.platform
                and before.account_id = sightings.account_id
                and before.handle = sightings.handle
    {%- endif %}

),

final as (

    select
        known.platform,
        known.account_id,
        known.handle,
        min(known.first_seen_at) as first_seen_at,
        max(known.last_seen_at) as last_seen_at
    from known
    where known.handle is not null
    group by known.platform, known.account_id, known.handle

)

select * from final
