{#- Days that a rate may be old: Easter and Christmas have up to four days without one. -#}
{% macro rate_age_days() -%} 5 {%- endmacro %}

{#- Days after the return window until a shop has told us of the last refund. -#}
{% macro source_latency_days() -%} 3 {%- endmacro %}

{#- Hours after publication within which a first observation still counts from zero. -#}
{% macro first_night_hours() -%} 36 {%- endmacro %}
