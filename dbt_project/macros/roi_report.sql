{#-
The report of returns with one row per `grain`, attribution model and window, from orders and costs
themselves. `grain` holds columns of a collaboration, the campaign first where it is one of them; rows
that differ in the last column alone are ranked among each other.
-#}
{% macro roi_report(grain) -%}
{%- set sums = [
    'orders', 'orders_kept', 'orders_kept_squares', 'new_customers', 'new_customers_squares',
    'returning_customers', 'customers_known', 'gross_revenue', 'net_revenue', 'net_revenue_squares',
    'net_revenue_new', 'net_revenue_returning', 'net_revenue_leaked', 'orders_with_known_customer'
] -%}
{#- Sums that are unknown when a part of them is. -#}
{%- set expected = ['expected_net_revenue', 'expected_net_revenue_error_sum'] -%}
{#- The sums whose uncertainty the ratios carry, and the bounds wanted of each. -#}
{%- set uncertain = {
    'net_revenue': ['lo', 'q25', 'q75', 'hi'], 'orders_kept': ['lo', 'hi'], 'new_customers': ['lo', 'hi']
} -%}
with collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

credit_sums as (

    select * from {{ ref('fct_credit_sums') }}

),

costs as (

    select * from {{ ref('int_costs_to_date') }}

),

coverage as (

    select * from {{ ref('int_deal_coverage') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

{{ typical_ctes('credit_sums', uncertain.keys() | list) }},

deals as (

    select
        {{ columns_of('collaborations', grain) }},
        max(collaborations.ends_on) as ends_on,
        avg(campaigns.contribution_margin)::decimal(9, 6) as contribution_margin
    from collaborations
    inner join campaigns on collaborations.campaign_id = campaigns.campaign_id
    group by {{ columns_of('collaborations', grain) }}

),

credited as (

    select
        {{ columns_of('credit_sums', grain) }},
        credit_sums.attribution_model,
        credit_sums.lookback_days,
        {%- for measure in sums %}
            sum(credit_sums.{{ measure }}) as {{ measure }},
        {%- endfor %}
        {%- for measure in expected %}
            case when count(*) = count(credit_sums.{{ measure }}) then sum(credit_sums.{{ measure }}) end
                as {{ measure }},
        {%- endfor %}
        sum(credit_sums.net_revenue * campaigns.contribution_margin) as margin_revenue,
        bool_and(credit_sums.is_settled) as is_settled
    from credit_sums
    inner join campaigns on credit_sums.campaign_id = campaigns.campaign_id
    group by
        {{ columns_of('credit_sums', grain) }},
        credit_sums.attribution_model,
        credit_sums.lookback_days

),

spent as (

    select
        {{ columns_of('costs', grain) }},
        {{ cost_sums('costs') }}
    from costs
    group by {{ columns_of('costs', grain) }}

),

covered as (

    select
        {{ columns_of('coverage', grain) }},
        sum(coverage.orders_unread)::bigint as orders_unread,
        bool_and(coverage.is_revenue_complete) as is_revenue_complete,
        case when count(*) = count(coverage.discount_given) then sum(coverage.discount_given) end
            as discount_given
    from coverage
    group by {{ columns_of('coverage', grain) }}

),

-- a shop that was observed and sold nothing has known zeros; one never observed has none
joined as (

    select
        {{ columns_of('deals', grain) }},
        attribution.attribution_model,
        attribution.lookback_days,
        attribution.is_default,
        settings.reporting_currency as currency_code,
        {%- for measure in sums + expected + ['margin_revenue'] %}
            case when credited.orders is null then settings.none_sold else credited.{{ measure }} end
                as {{ measure }},
        {%- endfor %}
        -- of nobody is it known whether they are new
        coalesce(credited.customers_known = 0, false) as are_customers_unknown,
        {% if 'campaign_id' in grain -%}
        deals.contribution_margin::double as margin_factor,
        {%- else -%}
        -- campaigns of different margins: weighted by what was sold
        coalesce(
            credited.margin_revenue::double / nullif(credited.net_revenue::double, 0),
            deals.contribution_margin::double
        ) as margin_factor,
        {%- endif %}
        spent.cost,
        {%- for cost_type in cost_types() %}
            spent.cost_{{ cost_type }},
        {%- endfor %}
        covered.orders_unread,
        covered.is_revenue_complete,
        covered.discount_given,
        coalesce(credited.is_settled, true)
        and settings.as_of_date >= {{ settles_on('deals.ends_on + attribution.lookback_days', 'settings') }}
            as is_settled
    from deals
    cross join attribution
    cross join settings
    left join credited
        on
            {{ same_columns('deals', 'credited', grain) }}
            and attribution.attribution_model = credited.attribution_model
            and attribution.lookback_days = credited.lookback_days
    left join spent on {{ same_columns('deals', 'spent', grain) }}
    left join covered on {{ same_columns('deals', 'covered', grain) }}

),

known as (

    select
        joined.* replace (
            {%- for measure in ['new_customers', 'returning_customers', 'net_revenue_new', 'net_revenue_returning'] %}
            case when not joined.are_customers_unknown then joined.{{ measure }} end as {{ measure }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
    from joined

),

dispersed as (

    select
        known.*,
        {%- for measure in uncertain %}
            {{ dispersion('known', 'typical', measure) }} as {{ measure }}_dispersion
            {{- ',' if not loop.last }}
        {%- endfor %}
    from known
    left join typical
        on
            known.attribution_model = typical.attribution_model
            and known.lookback_days = typical.lookback_days

),

shaped as (

    select
        dispersed.*,
        {%- for measure in uncertain %}
            dispersed.{{ measure }} / dispersed.{{ measure }}_dispersion + 0.5 as {{ measure }}_shape,
        {%- endfor %}
        {{ break_even('dispersed') }} / dispersed.net_revenue_dispersion as break_even_count
    from dispersed

),

rooted as (

    select
        shaped.*,
        {%- for measure in uncertain %}
            1 / sqrt(shaped.{{ measure }}_shape) as {{ measure }}_root,
        {%- endfor %}
        case
            when shaped.break_even_count > 0
                then {{ gamma_deviate('shaped.net_revenue_shape', 'shaped.break_even_count') }}
        end as break_even_deviate
    from shaped

),

bounded as (

    select
        rooted.*,
        {%- for measure, bounds in uncertain.items() %}
            {%- set is_last_measure = loop.last %}
            {%- for bound in bounds %}
            {{ expected_sum('rooted', measure, bound) }} as {{ measure }}_{{ bound }}
            {{- ',' if not (is_last_measure and loop.last) }}
            {%- endfor %}
        {%- endfor %}
    from rooted

),

measured as (

    select
        bounded.*,
        (bounded.margin_revenue - bounded.cost)::decimal(18, 2) as contribution,
        {{ roi_columns('bounded') }},
        {{ roi_intervals('bounded') }}
    from bounded

),

{{ ranked_ctes('measured', grain) }},

-- over all models and windows, beside how many of them have a return at all
models_counted as (

    select
        {{ columns_of('measured', grain) }},
        (count(*) filter (where measured.roi_margin > 0))::integer as models_positive,
        count(measured.roi_margin)::integer as models_compared
    from measured
    group by {{ columns_of('measured', grain) }}

),

final as (

    select
        {{ columns_of('ranked', grain) }},
        ranked.attribution_model,
        ranked.lookback_days,
        ranked.is_default,
        ranked.orders::decimal(18, 4) as orders,
        (ranked.orders - ranked.orders_kept)::decimal(18, 4) as orders_refunded,
        ranked.new_customers::decimal(18, 4) as new_customers,
        ranked.returning_customers::decimal(18, 4) as returning_customers,
        ranked.orders_with_known_customer::decimal(18, 4) as orders_with_known_customer,
        ranked.gross_revenue::decimal(18, 2) as gross_revenue,
        ranked.net_revenue::decimal(18, 2) as net_revenue,
        ranked.expected_net_revenue::decimal(18, 2) as expected_net_revenue,
        {{ ratio('ranked.expected_net_revenue_error_sum', 'ranked.expected_net_revenue') }}
            as expected_net_revenue_error,
        ranked.net_revenue_new::decimal(18, 2) as net_revenue_new,
        ranked.net_revenue_returning::decimal(18, 2) as net_revenue_returning,
        ranked.cost,
        {%- for cost_type in cost_types() %}
            ranked.cost_{{ cost_type }},
        {%- endfor %}
        ranked.discount_given::decimal(18, 2) as discount_given,
        ranked.orders_unread,
        ranked.is_revenue_complete,
        ranked.currency_code,
        try_cast(ranked.margin_factor as decimal(9, 6)) as contribution_margin,
        ranked.contribution,
        {%- for measure in ['roas', 'roi_revenue'] %}
            ranked.{{ measure }},
            ranked.{{ measure }}_lo,
            ranked.{{ measure }}_hi,
        {%- endfor %}
        ranked.roi_margin,
        ranked.roi_margin_lo,
        ranked.roi_margin_q25,
        ranked.roi_margin_q75,
        ranked.roi_margin_hi,
        ranked.p_roi_positive,
        ranked.roi_margin_shrunk,
        ranked.rank_shrunk,
        ranked.is_rankable,
        ranked.not_rankable_because,
        ranked.versus_peers,
        {%- for measure in ['cpa_order', 'ncac'] %}
            ranked.{{ measure }},
            ranked.{{ measure }}_lo,
            ranked.{{ measure }}_hi,
        {%- endfor %}
        models_counted.models_positive,
        models_counted.models_compared,
        -- where refunds turned a part negative there is no share
        case
            when ranked.net_revenue_leaked between 0 and ranked.net_revenue
                then {{ ratio('ranked.net_revenue_leaked', 'ranked.net_revenue') }}
        end as leak_share,
        ranked.is_settled
    from ranked
    inner join models_counted on {{ same_columns('ranked', 'models_counted', grain) }}

)

select * from final
{%- endmacro %}
