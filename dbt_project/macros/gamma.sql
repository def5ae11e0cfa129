{#-
The gamma distribution in plain SQL, for shapes of 0.5 and more and scale 1. DuckDB has none.
Held against scipy in tests/dbt_project/test_gamma.py, which also says how exact they are.
-#}

{#- A polynomial in `x`, lowest power first. A power costs thirty times what a product does. -#}
{% macro horner(coefficients, x) -%}
    {{ '%.13f' | format(coefficients[0]) }}::double
    {%- if coefficients | length > 1 %} + {{ x }} * ({{ horner(coefficients[1:], x) }}) {%- endif %}
{%- endmacro %}

{#-
The quantile of Gamma(shape, 1), divided by its shape, from v = 1 / sqrt(shape), 0 <= v <= sqrt(2).
Its cube root is nearly linear in v (Wilson and Hilferty 1931); what is left is a polynomial of
degree 9 in v, fitted to scipy's quantiles. Relative error: below 2e-5 at 2.5 %, 1e-6 at the others.
`probability` is one of 0.025, 0.25, 0.75, 0.975.
-#}
{% macro gamma_quantile_ratio(v, probability) -%}
    {%- set coefficients = {
        0.025: [
            -0.653315582, -0.11152897, 0.0126605121, -0.0393726351, 0.255642752,
            -0.52686117, 0.735972531, -0.554079818, 0.20368855, -0.0291695507
        ],
        0.25: [
            -0.224829805, -0.111119504, -0.00514167956, -0.00532828944, 0.00687178496,
            -0.00895923333, 0.0154711562, -0.00829540166, 0.00150298404, -0.0000296556029
        ],
        0.75: [
            0.224829958, -0.111114264, 0.00535749857, -0.00456640397, 0.000112530004,
            -0.00210468857, 0.00503494726, -0.00340734383, 0.000990115937, -0.000105944806
        ],
        0.975: [
            0.653321352, -0.111112937, -0.00505612336, 0.0187623367, -0.0193268268,
            0.0119599518, -0.00395386642, 0.000519858482, 0.000020936344, -0.00000540739154
        ]
    }[probability] -%}
    pow({{ horner([1.0] + coefficients, v) }}, 3)
{%- endmacro %}

{#- The standard normal distribution function (Abramowitz and Stegun 26.2.17; error below 1e-7). -#}
{% macro normal_cdf(z) -%}
    {%- set t = '(1 / (1 + 0.2316419::double * abs(' ~ z ~ ')))' -%}
    (
        0.5 + sign({{ z }}) * (
            0.5 - 0.3989422804014327::double * exp(-{{ z }} * {{ z }} / 2) * (
                {{ horner([0.0, 0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429], t) }}
            )
        )
    )
{%- endmacro %}

{#-
The distribution function of Gamma(shape, 1) at x > 0, in two steps: `gamma_deviate` is the normal
approximation of Peizer and Pratt (1968) at a shape raised by 4, and `gamma_cdf` goes the four exact
steps of the recurrence back down from there (`z`). Error below 1e-4.
-#}
{% macro gamma_deviate(shape, x) -%}
    {%- set raised = '(' ~ shape ~ ' + 4)' -%}
    {%- set t = '((' ~ shape ~ ' + 3.5) / ' ~ x ~ ')' -%}
    ({{ x }} - {{ raised }} + 1.0 / 3 - 0.02 / {{ raised }})
    * sqrt(
        case
            when abs({{ t }} - 1) < 0.001 then 1 - ({{ t }} - 1) / 3
            else 2 * (1 - {{ t }} + {{ t }} * ln({{ t }})) / pow(1 - {{ t }}, 2)
        end / {{ x }}
    )
{%- endmacro %}

{% macro gamma_cdf(z, shape, x) -%}
    {{ normal_cdf(z) }}
    {%- for step in range(4) %}
    + exp(({{ shape }} + {{ step }}) * ln({{ x }}) - {{ x }} - lgamma({{ shape }} + {{ step + 1 }}))
    {%- endfor %}
{%- endmacro %}
