-- One row per kind of evidence: the first day of which rows staged since the last build speak. A note of one
-- build, like the lists of what it makes anew.
{{ config(schema='scratch') }}
{% for kind in days_of_staging() %}
    select
        '{{ kind }}' as evidence,
        min(touched.day) as first_day
    from ({{ touched_days_of(kind) }}) as touched
    {%- if not loop.last %} union all{% endif %}
{%- endfor %}
