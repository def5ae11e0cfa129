{#-
Whether a code leaked is told by orders around it and by the posts of its deal, so leaks are made again by deals: those
with a touched order on their code, and those whose posts are not the ones of the last build, which `ops.last_posts_of_deals`
holds. Their list is `scratch.touched_deals`; that of the orders which came out otherwise is `scratch.touched_leaks`.
-#}
{% macro list_touched_deals() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_deals as
        select collaboration_id from {{ ref('int_order_leak_signs') }}
        where order_id in (select order_id from scratch.touched_claims)
        union
        select collaboration_id from {{ this }} where order_id in (select order_id from scratch.touched_claims)
        union
        select collaboration_id from (({{ posts_of_deals() }}) except from ops.last_posts_of_deals)
        union
        select collaboration_id from (from ops.last_posts_of_deals except ({{ posts_of_deals() }}))
    {%- endif -%}
{%- endmacro %}

{% macro keep_leaks_before() -%}
    {%- if is_incremental() -%}
        create or replace temporary table leaks_before as
        select order_id, collaboration_id, is_leaked from {{ this }}
        where {{ is_deal_touched('collaboration_id') }}
    {%- endif -%}
{%- endmacro %}

{% macro list_touched_leaks() -%}
    {%- if is_incremental() -%}
        create or replace table scratch.touched_leaks as
        with leaks_after as (
            select order_id, collaboration_id, is_leaked from {{ this }}
            where {{ is_deal_touched('collaboration_id') }}
        )

        select order_id from (from leaks_after except from leaks_before)
        union
        select order_id from (from leaks_before except from leaks_after)
    {%- endif -%}
{%- endmacro %}

{% macro forget_leaks_before() -%}
    {%- if is_incremental() -%} drop table leaks_before {%- endif -%}
{%- endmacro %}

{#- A hook after the leaks, in every build; where dbt is run by hand there may be no ledger yet. -#}
{% macro keep_posts_of_deals() -%}
    create schema if not exists ops;
    create or replace table ops.last_posts_of_deals as {{ posts_of_deals() }}
{%- endmacro %}

{#- A condition on the deal of a code, true of all in a full build. -#}
{% macro is_deal_touched(collaboration_id) -%}
    {%- if this and is_incremental() -%}
        {{ collaboration_id }} in (select collaboration_id from scratch.touched_deals)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro forget_touched_deals() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_deal_touched('collaboration_id') }}
    {%- endif -%}
{%- endmacro %}
