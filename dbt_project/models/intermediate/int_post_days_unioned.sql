-- One row per post and UTC day it was observed, all platforms: counters to date.
-- A view: its readers take a column or a day of it, a copy would only cost.
{{ config(materialized='view') }}
{% for platform in platforms() %}
    select * from {{ ref('int_' ~ platform ~ '__post_days') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
