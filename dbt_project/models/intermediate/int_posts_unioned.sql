-- One row per post, as it was last seen, all platforms.
{% for platform in ['youtube', 'instagram', 'tiktok'] %}
    select * from {{ ref('int_' ~ platform ~ '__posts') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
