-- One row per post, as it was last seen, all platforms.
{% for platform in platforms() %}
    select * from {{ ref('int_' ~ platform ~ '__posts') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
