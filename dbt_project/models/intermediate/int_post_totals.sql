-- One row per post: since when and until when it was observed, the last known total of each counter with its
-- day (not every night reads all of them), and its engagements at the first reading at a week of age. Goes on
-- from the last build's.
{{ config(materialized='incremental', pre_hook=[
    "{{ list_counted_posts() }}",
    "{{ keep_totals_before() }}",
    "{{ forget_posts('counted_posts') }}"
]) }}
with posts as (

    select * from {{ ref('int_posts_owned') }}

),

post_days as (

    select * from {{ ref('int_post_days_unioned') }}
    where {{ is_touched('date_day', ['posts']) }}

),

totals as (

    {{ days_as_totals('post_days', 'posts') }}
    {% if this and is_incremental() -%}
        union all by name
        {{ totals_before() }}
    {%- endif %}

),

final as (

    {{ sum_up_totals('totals') }}

)

select * from final
