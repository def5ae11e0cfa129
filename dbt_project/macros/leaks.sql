{#- The rule by which int_order_leaks finds leaked codes. -#}

{#- Days after an influencer's last post from which orders on the code are far from it. -#}
{% macro leak_days() -%} 10 {%- endmacro %}

{#- How many far, clickless, referrer-less orders on one code within how many hours are a burst. -#}
{% macro leak_burst_orders() -%} 5 {%- endmacro %}

{% macro leak_burst_hours() -%} 36 {%- endmacro %}

{#- True when the address is one of a page that collects codes. -#}
{% macro is_coupon_page(address) -%}
    regexp_matches(
        split_part({{ address }}, '/', 1),
        'coupon|voucher|promo-?code|gutschein|rabattcode|codespromo'
        || '|(^|\.)(dealspotr|joinhoney|knoji|mydealz|retailmenot|simplycodes|slickdeals|wethrift)\.'
    )
{%- endmacro %}

{#- When each deal was posted about. -#}
{% macro posts_of_deals() -%}
    select
        matched.collaboration_id,
        posts.published_at
    from {{ ref('int_posts_matched') }} as matched
    inner join {{ ref('int_posts_unioned') }} as posts
        on matched.platform = posts.platform and matched.post_id = posts.post_id
{%- endmacro %}
