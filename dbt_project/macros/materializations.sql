{#-
A table or view takes the place of the one before in one transaction. dbt's own way (build it beside, rename
both, drop) needs six statements more for each model, so that readers see the old one meanwhile; but nobody
reads this file while it is built.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% do drop_in_transaction(load_cached_relation(this)) %}
    {% call statement('main', language=model['language']) -%}
        {{ create_table_as(false, target, compiled_code, model['language']) }}
    {%- endcall %}
    {% do persist_docs(target, model) %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% do drop_in_transaction(load_cached_relation(this)) %}
    {% call statement('main') -%}
        {{ get_create_view_as_sql(target, sql) }}
    {%- endcall %}
    {% do persist_docs(target, model) %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro drop_in_transaction(relation) %}
    {%- if relation and model['language'] == 'python' -%}
        {#- it writes over a connection of its own, which must find the old table gone -#}
        {% do adapter.drop_relation(relation) %}
    {%- elif relation -%}
        {% call statement('drop') %}drop {{ relation.type }} if exists {{ relation }}{% endcall %}
    {%- endif -%}
{% endmacro %}
