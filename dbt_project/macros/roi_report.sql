{#- The columns of a relation, for a select list or a group by. -#}
{% macro columns_of(relation, columns) -%}
    {%- for column in columns %}{{ relation }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- The condition of a join: both relations have the same value in each of the columns. -#}
{% macro same_columns(relation, other, columns) -%}
    {%- for column in columns -%}
        {{ relation }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
The report of returns with one row per `grain`, attribution model and window, from orders and costs
themselves. `grain` holds columns of a collaboration, the campaign first.
-#}
{% macro roi_report(grain) -%}
with collaborations as (

    select * from {{ ref('dim_collaborations') }}

),

campaigns as (

    select * from {{ ref('dim_campaigns') }}

),

credits as (

    select * from {{ ref('fct_order_credits') }}
    where collaboration_id is not null

),

costs as (

    select * from {{ ref('int_costs_to_date') }}

),

attribution as (

    select * from {{ ref('int_attribution_settings') }}

),

settings as (

    select * from {{ ref('int_settings') }}

),

deals as (

    select
        {{ columns_of('collaborations', grain) }},
        max(collaborations.ends_on) as ends_on
    from collaborations
    group by {{ columns_of('collaborations', grain) }}

),

credited as (

    select
        {{ columns_of('credits', grain) }},
        credits.attribution_model,
        credits.lookback_days,
        {{ credit_sums('credits') }}
    from credits
    group by
        {{ columns_of('credits', grain) }},
        credits.attribution_model,
        credits.lookback_days

),

spent as (

    select
        {{ columns_of('costs', grain) }},
        {{ cost_sums('costs') }}
    from costs
    group by {{ columns_of('costs', grain) }}

),

-- a shop that was observed and sold nothing has known zeros; one never observed has none
joined as (

    select
        {{ columns_of('deals', grain) }},
        attribution.attribution_model,
        attribution.lookback_days,
        attribution.is_default,
        campaigns.contribution_margin,
        settings.reporting_currency as currency_code,
        coalesce(credited.orders, settings.none_sold) as orders,
        {%- for measure in ['orders_refunded', 'new_customers', 'gross_revenue', 'net_revenue'] %}
            case when credited.orders is null then settings.none_sold else credited.{{ measure }} end
                as {{ measure }},
        {%- endfor %}
        spent.cost,
        {%- for cost_type in cost_types() %}
            spent.cost_{{ cost_type }},
        {%- endfor %}
        coalesce(credited.is_settled, true)
        and settings.as_of_date >= deals.ends_on
        + attribution.lookback_days + settings.return_window_days + {{ source_latency_days() }}
            as is_settled
    from deals
    cross join attribution
    cross join settings
    inner join campaigns on deals.campaign_id = campaigns.campaign_id
    left join credited
        on
            {{ same_columns('deals', 'credited', grain) }}
            and attribution.attribution_model = credited.attribution_model
            and attribution.lookback_days = credited.lookback_days
    left join spent on {{ same_columns('deals', 'spent', grain) }}

),

final as (

    select
        {{ columns_of('joined', grain) }},
        joined.attribution_model,
        joined.lookback_days,
        joined.is_default,
        joined.orders,
        joined.orders_refunded,
        joined.new_customers,
        joined.gross_revenue,
        joined.net_revenue,
        joined.cost,
        {%- for cost_type in cost_types() %}
            joined.cost_{{ cost_type }},
        {%- endfor %}
        joined.currency_code,
        joined.contribution_margin,
        {{ roi_columns('joined') }},
        joined.is_settled
    from joined

)

select * from final
{%- endmacro %}
