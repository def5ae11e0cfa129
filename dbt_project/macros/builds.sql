{#-
What a run of dbt begins with. Tables that it leaves half built, or built by hand as of an earlier instant,
must not be appended to: without a finished last build the next one is full (warehouse/builds.py).
-#}
{% macro forget_last_build() -%}
    {%- if execute and flags.WHICH in ['build', 'run'] and load_relation(
        api.Relation.create(database=target.database, schema='ops', identifier='last_build')
    ) -%}
        update ops.last_build set finished_at = null
    {%- endif -%}
{%- endmacro %}
