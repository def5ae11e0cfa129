{#-
Credits are summed by period and then over periods. What is summed again is listed in `scratch`:

- `touched_periods`: those with a day of `days_of_credited_orders`, or of an order whose code leaked or after all did not;
- `touched_sums`: campaign and influencer of whom such a period tells, or one that is not settled, whose forecast is another
  each night.
-#}

{#- Periods to sum again, by each of their days. -#}
{% macro list_touched_periods() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_periods as
        with days as (
            select date_day as ordered_on from scratch.days_of_credited_orders
            union
            select ordered_on from {{ ref('int_orders') }}
            where order_id in (select order_id from scratch.touched_leaks)
        )

        select ordered_on as first_day, false as is_settled, ordered_on from days
        union
        select months.first_day, true as is_settled, unnest(generate_series(
            months.first_day, months.first_day + interval 1 month - interval 1 day, interval 1 day
        ))::date as ordered_on
        from (select distinct date_trunc('month', ordered_on)::date as first_day from days) as months
    {%- endif -%}
{%- endmacro %}

{#- Keeps the credits of periods that are summed again. -#}
{% macro join_touched_periods(credits) -%}
    {%- if this and is_incremental() -%}
        semi join scratch.touched_periods as touched
            on {{ credits }}.ordered_on = touched.ordered_on and {{ credits }}.is_settled = touched.is_settled
    {%- endif -%}
{%- endmacro %}

{% macro forget_periods() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where (first_day, is_settled) in (select (first_day, is_settled) from scratch.touched_periods)
    {%- endif -%}
{%- endmacro %}

{#- Hooks before and after the periods are made again: of whom they told, and of whom they tell now. -#}
{% macro list_sums_before() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_sums as
        select distinct campaign_id, influencer_id from {{ this }}
        where (first_day, is_settled) in (select (first_day, is_settled) from scratch.touched_periods)
    {%- endif -%}
{%- endmacro %}

{% macro list_touched_sums() -%}
    {%- if is_incremental() -%}
        insert into scratch.touched_sums
        select distinct campaign_id, influencer_id from {{ this }}
        where
            not is_settled
            or (first_day, is_settled) in (select (first_day, is_settled) from scratch.touched_periods)
    {%- endif -%}
{%- endmacro %}

{#- Whether it is summed again over periods; what is credited to nobody always is. -#}
{% macro is_sum_touched() -%}
    {%- if this and is_incremental() -%}
        (
            campaign_id is null
            or (campaign_id, influencer_id) in (select (campaign_id, influencer_id) from scratch.touched_sums)
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro forget_sums() -%}
    {%- if is_incremental() -%} delete from {{ this }} where {{ is_sum_touched() }} {%- endif -%}
{%- endmacro %}
