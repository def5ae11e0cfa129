{#- How candidates are scored: docs/relationships.md explains each number. -#}

{#- Parts of the score and what they weigh; the sum is 1. The first two must be known. -#}
{% macro candidate_weights() -%}
    {{ return({'engagement': 0.4, 'brand': 0.3, 'topic': 0.2, 'country': 0.1}) }}
{%- endmacro %}

{#- Days before the judgement in which engagement with the brand counts. -#}
{% macro engaged_days() -%} 90 {%- endmacro %}

{#- Newest posts that are looked at. -#}
{% macro candidate_posts() -%} 25 {%- endmacro %}

{#- Posts below which an engagement rate says nothing. -#}
{% macro fewest_er_posts() -%} 3 {%- endmacro %}

{#- The engagement rate that is worth half a point: the mean of 742 posts in the one dated study we know. -#}
{% macro typical_er() -%} 0.027 {%- endmacro %}

{#- Days with engagement that are worth half a point. -#}
{% macro typical_days_engaged() -%} 3 {%- endmacro %}

{#- Influencers below which the back-test gives no verdict: an interval of a correlation is then wider than 0.8. -#}
{% macro fewest_back_tested() -%} 20 {%- endmacro %}
