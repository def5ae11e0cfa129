-- One row per post: since when and until when it was observed, and the last known total of each counter with
-- its day; not every night reads all of them. Made again for posts that new evidence speaks of.
{{ config(
    materialized='incremental', unique_key=['platform', 'post_id'],
    post_hook="{{ forget_posts_without_days(ref('int_post_days_unioned')) }}"
) }}
{% set counters = ['views', 'reach', 'likes', 'comments', 'shares', 'saves', 'engagements'] %}
with touched as (

    select
        post_days.platform,
        post_days.post_id
    from {{ ref('int_post_days_unioned') }} as post_days
    where {{ is_touched('post_days.date_day', ['posts']) }}
    group by post_days.platform, post_days.post_id
    {% if this and is_incremental() -%}
        union
        select
            before.platform,
            before.post_id
        from {{ this }} as before
        where {{ is_touched('before.last_observed_on', ['posts']) }}
    {%- endif %}

),

post_days as (

    select post_days.*
    from {{ ref('int_post_days_unioned') }} as post_days
    semi join touched
        on post_days.platform = touched.platform and post_days.post_id = touched.post_id
    where {{ is_since_first_day_of_touched_posts(this, ref('int_post_days_unioned'), 'post_days.date_day') }}

),

final as (

    select
        post_days.platform,
        post_days.post_id,
        min(post_days.date_day) as first_observed_on,
        max(post_days.date_day) as last_observed_on,
    {%- for counter in counters %}
        max_by(post_days.{{ counter }}, post_days.date_day) filter (
            where post_days.{{ counter }} is not null
        ) as {{ counter }},
        max(post_days.date_day) filter (where post_days.{{ counter }} is not null) as {{ counter }}_on
        {{- ',' if not loop.last }}
    {%- endfor %}
    from post_days
    group by post_days.platform, post_days.post_id

)

select * from final
