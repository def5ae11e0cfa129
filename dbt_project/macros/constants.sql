{#- Days that a rate may be old: Easter and Christmas have up to four days without one. -#}
{% macro rate_age_days() -%} 5 {%- endmacro %}

{#- Days after the return window until a shop has told us of the last refund. -#}
{% macro source_latency_days() -%} 3 {%- endmacro %}

{#- The first day on which an order of `day` is settled: its return window and the shop's latency have passed. -#}
{% macro settles_on(day, settings) -%}
    {{ day }} + {{ settings }}.return_window_days + {{ source_latency_days() }}
{%- endmacro %}

{#- Days of orders, with their whole return window behind them, that a forecast of refunds needs. -#}
{% macro refund_history_days() -%} 28 {%- endmacro %}

{#- Hours after publication within which a first observation still counts from zero. -#}
{% macro first_night_hours() -%} 36 {%- endmacro %}

{#- Hours that a story lives on Instagram. -#}
{% macro story_hours() -%} 24 {%- endmacro %}

{#- Minutes before its end within which a story's last look is its final one: stories are looked for
    every three hours, and a look may come late. -#}
{% macro story_final_minutes() -%} 210 {%- endmacro %}

{#- How many of the brand's typical orders stand beside an influencer's own when the spread of order values
    is judged; chosen by measured coverage (docs/truth.md). -#}
{% macro typical_orders() -%} 20 {%- endmacro %}

{#- Orders from which an influencer is ranked. Below, even the count alone leaves the return uncertain by a
    factor of nearly 2 either way. -#}
{% macro orders_to_rank() -%} 10 {%- endmacro %}

{#- Days after a deal's last day (or the later one by which its posts are due) in which a post that names the
    deal is still its late one: two weeks, in which who slipped delivers once reminded. A code or a tag that is
    used again after that is use, no delivery. -#}
{% macro late_post_days() -%} 14 {%- endmacro %}

{#- Days between two looks at an account's followers over which a post's are taken from both: over four weeks the
    sandbox's accounts stay within a day's growth of the straight line, over five not all do. -#}
{% macro followers_gap_days() -%} 28 {%- endmacro %}

{#- Days between a post and a look on one side of it whose count alone still stands for those at the post. -#}
{% macro followers_alone_days() -%} 1 {%- endmacro %}

{#- Days of a campaign (or all of a shorter one) over which a lift is told. -#}
{% macro least_lift_days() -%} 7 {%- endmacro %}

{#- Known days without a campaign that a lift needs before it: four of each weekday (LEAST_HISTORY of
    int_audience_lifts, and a test holds the two together). -#}
{% macro least_lift_history() -%} 28 {%- endmacro %}

{#- Days after publication from which a post's engagements are held against those of others: most of them
    have come by then, and a post of yesterday would look poor beside one of last month. -#}
{% macro mature_days() -%} 7 {%- endmacro %}

{#- Age in days before which a reading is still that of a week: one night may be missed. -#}
{% macro week_ends_days() -%} 9 {%- endmacro %}

{#- Days before a sponsored post in which the influencer's own organic posts are its baseline. -#}
{% macro baseline_days() -%} 90 {%- endmacro %}

{#- Organic posts that a baseline needs. -#}
{% macro baseline_posts_needed() -%} 5 {%- endmacro %}

{#- Influencers on each side that a comparison of tiers needs, and a tier's own interval. -#}
{% macro influencers_to_compare() -%} 5 {%- endmacro %}

{#- Days without a deal after which a relationship counts as lapsed: a season's length. -#}
{% macro lapsed_days() -%} 90 {%- endmacro %}
