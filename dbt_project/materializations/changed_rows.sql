{#-
A hook before a model that is made whole: its rows of the last build are kept for a while, so that who
reads it can tell which of them changed.
-#}
{% macro keep_last_build() -%}
    {%- if execute and load_cached_relation(this) and not should_full_refresh() -%}
        create or replace table scratch.last_{{ this.identifier }} as from {{ this }}
    {%- elif execute -%}
        drop table if exists scratch.last_{{ this.identifier }}
    {%- endif -%}
{%- endmacro %}

{#-
The `keys` of the rows of `model` (which keeps its last build) whose `columns` are not those of the last build, and
of rows that came or went; none in a full build.
-#}
{% macro keys_of_changed_rows(model, keys, columns) -%}
    {%- set columns = (keys + columns) | join(', ') -%}
    {%- set last = 'scratch.last_' ~ model.identifier -%}
    {%- if execute and has_table('scratch', 'last_' ~ model.identifier) -%}
        select distinct {{ keys | join(', ') }}
        from (
            (select {{ columns }} from {{ model }} except select {{ columns }} from {{ last }})
            union all
            (select {{ columns }} from {{ last }} except select {{ columns }} from {{ model }})
        )
    {%- else -%}
        select {{ keys | join(', ') }} from {{ model }} where false
    {%- endif -%}
{%- endmacro %}

{#- Whether there is such a table; dbt's own list does not follow what hooks make. -#}
{% macro has_table(schema, table) -%}
    {{ return(run_query(
        "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = '"
        ~ schema ~ "' and table_name = '" ~ table ~ "'"
    ).columns[0].values()[0] > 0) }}
{%- endmacro %}
