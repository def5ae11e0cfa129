{#-
A table or view takes the place of the one before in one transaction. dbt's own way (build it beside, rename
both, drop) needs six statements more for each model, so that readers see the old one meanwhile; but nobody
reads this file while it is built. A table with a contract stands until the next full build: models that changed
make one (warehouse/builds.py), and in other nights its rows alone are others.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% if model['language'] == 'python' %}
        {#- it writes over a connection of its own, and may read what the last build made, if that is to be trusted -#}
        {% do run_hooks(pre_hooks) %}
        {% if should_full_refresh() %} {% do drop_relation_if_exists(load_cached_relation(this)) %} {% endif %}
        {%- set made = make_intermediate_relation(this.incorporate(type='table')) -%}
        {% do adapter.drop_relation(made) %}
        {% call statement('main', language='python') -%}
            {{ create_table_as(false, made, compiled_code, 'python') }}
        {%- endcall %}
        {#- by the adapter, which remembers what there is and would refuse the name -#}
        {%- set target = this.incorporate(type='table') -%}
        {% do drop_relation_if_exists(load_cached_relation(this)) %}
        {% do adapter.rename_relation(made, target) %}
    {% elif config.get('contract').enforced and load_cached_relation(this) and not should_full_refresh() %}
        {#- dbt would hold the columns against the contract again, for which DuckDB plans the query twice -#}
        {%- set target = this.incorporate(type='table') -%}
        {% do run_hooks(pre_hooks) %}
        {% call statement('make_way') -%}delete from {{ target }}{%- endcall %}
        {% call statement('main') -%}insert into {{ target }} by name ({{ compiled_code }}){%- endcall %}
    {% else %}
        {%- set target = make_way('table') -%}
        {% call statement('main') -%}{{ create_table_as(false, target, compiled_code) }}{%- endcall %}
    {% endif %}
    {{ return(put_in_place(target)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = make_way('view') -%}
    {% call statement('main') -%}{{ get_create_view_as_sql(target, compiled_code) }}{%- endcall %}
    {{ return(put_in_place(target)) }}
{% endmaterialization %}

{#-
Appends to what the last build made; what must go first is deleted by a hook before. With a unique_key, rows
replace those of the same key, which they may have been made of. No columns are compared: other models make a
full build (warehouse/builds.py). That one writes the rows in the order of the model's `clustered_by`, a day or what grows
with it: a night then skips the row groups of other times instead of reading their ids.
-#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {% if is_incremental() %}
        {% do run_hooks(pre_hooks) %}
        {%- set key = config.get('unique_key') -%}
        {% if key %}
            {%- set made = 'made_for_' ~ this.identifier -%}
            {% call statement('make') -%}
                create or replace temporary table {{ made }} as ({{ compiled_code }})
            {%- endcall %}
            {% call statement('make_way') -%}
                delete from {{ target }} where ({{ key | join(', ') }}) in (
                    select ({{ key | join(', ') }}) from {{ made }}
                )
            {%- endcall %}
            {% call statement('main') -%}insert into {{ target }} by name from {{ made }}{%- endcall %}
            {% call statement('drop') -%}drop table {{ made }}{%- endcall %}
        {% else %}
            {% call statement('main') -%}insert into {{ target }} by name ({{ compiled_code }}){%- endcall %}
        {% endif %}
        {{ return(put_in_place(target)) }}
    {% endif %}
    {% do make_way('table') %}
    {%- set by = config.get('meta', {}).get('clustered_by') -%}
    {%- set rows = 'select * from (\n' ~ compiled_code ~ '\n) order by ' ~ by if by else compiled_code -%}
    {% call statement('main') -%}{{ create_table_as(false, target, rows) }}{%- endcall %}
    {{ return(put_in_place(target)) }}
{% endmaterialization %}

{% macro make_way(type) %}
    {%- set before = load_cached_relation(this) -%}
    {% do run_hooks(pre_hooks) %}
    {% if before %}
        {% call statement('drop') %}drop {{ before.type }} if exists {{ before }}{% endcall %}
    {% endif %}
    {{ return(this.incorporate(type=type)) }}
{% endmacro %}

{% macro put_in_place(target) %}
    {% do persist_docs(target, model) %}
    {% do run_hooks(post_hooks) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmacro %}
