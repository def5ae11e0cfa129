{#-
The texts of a mart travel with it as comments. dbt asks a table for its columns first, twice, which takes longer
than most marts; here the contract has them.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {% if config.persist_relation_docs() and model.description %}
        {% call statement('docs') %}
            {{ alter_relation_comment(relation, model.description) }}
            {% for column in model.columns.values() %}
                comment on column {{ relation }}.{{ adapter.quote(column.name) }}
                is {{ duckdb_escape_comment(column.description) }};
            {% endfor %}
        {% endcall %}
    {% endif %}
{% endmacro %}
