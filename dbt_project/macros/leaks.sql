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
