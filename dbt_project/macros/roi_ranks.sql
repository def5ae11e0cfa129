{#-
Which influencer is truly better, as CTEs over `relation`, whose rows have `peers` columns in common.
Empirical Bayes (Clayton and Kaldor 1987): each one's return per unit of cost is the peers' return times a
factor, Gamma with mean 1 and the variance `between`; what was seen is a Poisson count, S / dispersion.
The variance is the moment estimate of DerSimonian and Laird (1986), over all groups of peers of one
model and window, so that small groups have one too. Identical influencers: 0, and all shrink to one value.
-#}
{% macro ranked_ctes(relation, grain) -%}
{%- set peers = grain[:-1] + ['attribution_model', 'lookback_days'] -%}
{%- set keys = grain + ['attribution_model', 'lookback_days'] -%}
peers_summed as (

    select
        {{ columns_of(relation, peers) }},
        sum({{ relation }}.margin_revenue)::double / nullif(sum({{ relation }}.cost)::double, 0) as peers_return
    from {{ relation }}
    where {{ relation }}.cost > 0 and {{ relation }}.net_revenue_dispersion is not null
    group by {{ columns_of(relation, peers) }}

),

-- what was seen and what the peers' return lets expect, both as counts
counted as (

    select
        {{ relation }}.*,
        peers_summed.peers_return,
        case
            when {{ relation }}.cost > 0
                then {{ relation }}.net_revenue / {{ relation }}.net_revenue_dispersion
        end as seen_count,
        case
            when {{ relation }}.cost > 0
                then {{ relation }}.cost * peers_summed.peers_return
                    / nullif({{ relation }}.margin_factor * {{ relation }}.net_revenue_dispersion, 0)
        end as expected_count
    from {{ relation }}
    left join peers_summed on {{ same_columns(relation, 'peers_summed', peers) }}

),

peers_compared as (

    select
        {{ columns_of('counted', peers) }},
        {{ exact_sum('pow(counted.seen_count - counted.expected_count, 2) / counted.expected_count') }}
        - (count(*) - 1) as excess,
        {{ exact_sum('counted.expected_count') }}::double
        - {{ exact_sum('pow(counted.expected_count, 2)') }}::double
        / {{ exact_sum('counted.expected_count') }}::double as weight
    from counted
    where counted.seen_count is not null and counted.expected_count > 0
    group by {{ columns_of('counted', peers) }}

),

between_peers as (

    select
        peers_compared.attribution_model,
        peers_compared.lookback_days,
        coalesce(
            greatest(sum(peers_compared.excess)::double, 0)
            / nullif({{ exact_sum('peers_compared.weight') }}::double, 0),
            0
        ) as variance
    from peers_compared
    group by peers_compared.attribution_model, peers_compared.lookback_days

),

returns_shrunk as (

    select
        counted.*,
        coalesce(between_peers.variance, 0) as between_variance,
        {{ ratio(
            'counted.peers_return * (1 + coalesce(between_peers.variance, 0) * counted.seen_count)',
            '1 + coalesce(between_peers.variance, 0) * coalesce(counted.expected_count, counted.seen_count)'
        ) }} - 1 as roi_margin_shrunk,
        -- 1 / sqrt(shape) of the factor's posterior
        least(
            sqrt(
                coalesce(between_peers.variance, 0)
                / (1 + coalesce(between_peers.variance, 0) * counted.seen_count)
            ),
            sqrt(2)
        ) as factor_root
    from counted
    left join between_peers on {{ same_columns('counted', 'between_peers', ['attribution_model', 'lookback_days']) }}

),

-- a rank needs a return behind it
shrunk as (

    select
        returns_shrunk.*,
        case
            when returns_shrunk.net_revenue is null then 'shop_not_read'
            when returns_shrunk.cost is null then 'cost_unknown'
            when returns_shrunk.cost = 0 then 'no_cost'
            when {{ is_given_back_beyond('returns_shrunk') }} then 'refunds_beyond_sales'
            when returns_shrunk.roi_margin_shrunk is null then 'no_order_value'
            when returns_shrunk.orders < {{ orders_to_rank() }} then 'too_few_orders'
        end as not_rankable_because
    from returns_shrunk

),

-- by themselves: sorting carries all columns of what it sorts
placed as (

    select
        {{ columns_of('shrunk', keys) }},
        rank() over (
            partition by {{ columns_of('shrunk', peers) }} order by shrunk.roi_margin_shrunk desc
        )::integer as rank_shrunk
    from shrunk
    where shrunk.not_rankable_because is null

),

ranked as (

    select
        shrunk.*,
        shrunk.not_rankable_because is null as is_rankable,
        placed.rank_shrunk,
        case
            when shrunk.not_rankable_because is not null then null
            when {{ factor_bound('shrunk', 0.025) }} > 1 + shrunk.between_variance * shrunk.expected_count
                then 'better'
            when {{ factor_bound('shrunk', 0.975) }} < 1 + shrunk.between_variance * shrunk.expected_count
                then 'worse'
            else 'not_separable'
        end as versus_peers
    from shrunk
    left join placed on {{ same_columns('shrunk', 'placed', keys) }}

)
{%- endmacro %}

{#- A quantile of the factor's posterior, times (1 + variance x expected count). -#}
{% macro factor_bound(r, probability) -%}
    (1 + {{ r }}.between_variance * {{ r }}.seen_count)
    * {{ gamma_quantile_ratio(r ~ '.factor_root', probability) }}
{%- endmacro %}
