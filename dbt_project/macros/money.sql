{#-
Money is exact: whole thousandths in HUGEINT, rounded once, half away from zero, to the cent.
`factor_numerator` / `factor_denominator` take a share out (tax) before that one rounding;
`units` are units per euro, so amount x to_units / from_units changes the currency. Null where a part
is, or beyond what its type holds (some 10^16): one absurd amount must not end the build.
-#}
{% macro convert_amount(amount, from_units, to_units, factor_numerator='1', factor_denominator='1') -%}
    {%- set top -%}
        (abs({{ amount }})::decimal(38, 3) * 1000)::hugeint
        * (({{ factor_numerator }})::decimal(38, 3) * 1000)::hugeint
        * (({{ to_units }})::decimal(38, 6) * 1000000)::hugeint
    {%- endset -%}
    {%- set bottom -%}
        10
        * (({{ factor_denominator }})::decimal(38, 3) * 1000)::hugeint
        * (({{ from_units }})::decimal(38, 6) * 1000000)::hugeint
    {%- endset -%}
    try((
        sign({{ amount }})
        * ((2 * ({{ top }}) + ({{ bottom }})) // (2 * ({{ bottom }})))::decimal(18, 0)
        * 0.01::decimal(3, 2)
    )::decimal(18, 2))
{%- endmacro %}

{#- An amount of an order, at the rate of its day and without the tax inside it. -#}
{% macro in_reporting_currency(amount, order) -%}
    {{ convert_amount(
        amount, order ~ '.from_units', order ~ '.to_units', order ~ '.taxless_amount', order ~ '.taxed_amount'
    ) }}
{%- endmacro %}

{#-
A select over `relation` that gives each row its part of the amounts by largest remainder: in whole
units of the last of an amount's `places`, so that within one group the parts add up to the amount
exactly. `weight` and its sum over the group, `total`, are whole numbers; `members` is how many rows
the group has at most, `within` is its number and `tie` the row's number in it, of which the smaller goes first. An amount is the same on all
rows of a group; a negative one is divided like its opposite. Each amount is a dict of name, places and
type. Weights and their sum fit 64 bits.

A row gets one unit more when its remainder is among the largest, as many as units are missing. That
is told by comparing with the last of these, which costs a group and no sort of all rows.
-#}
{% macro allocate(relation, amounts, weight, total, members, within, tie) -%}
    select
        parts.* exclude (
            {%- for amount in amounts %}
            {{ amount.name }}, {{ amount.name }}_units, {{ amount.name }}_part, {{ amount.name }}_key
            {{- ',' if not loop.last }}
            {%- endfor %}
        ),
        {%- for amount in amounts %}
        (
            sign(parts.{{ amount.name }})
            * (
                parts.{{ amount.name }}_part
                + case parts.{{ amount.name }}_units - groups.{{ amount.name }}_given
                    when 0 then 0
                    when 1 then (parts.{{ amount.name }}_key = groups.{{ amount.name }}_largest)::integer
                    else (
                        parts.{{ amount.name }}_key
                        >= groups.{{ amount.name }}_keys[parts.{{ amount.name }}_units - groups.{{ amount.name }}_given]
                    )::integer
                end
            )::decimal(18, 0)
            * {{ '0.' ~ '0' * (amount.places - 1) ~ '1' }}
        )::{{ amount.type }} as {{ amount.name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from ({{ _parts(relation, amounts, weight, total, tie) }}) as parts
    inner join (
        select
            parts.{{ within }} as within,
            {%- for amount in amounts %}
            sum(parts.{{ amount.name }}_part)::bigint as {{ amount.name }}_given,
            max(parts.{{ amount.name }}_key) as {{ amount.name }}_largest,
            -- of two rows one unit is missing at most
            list_reverse_sort(list(parts.{{ amount.name }}_key) filter (where parts.{{ members }} > 2))
                as {{ amount.name }}_keys
            {{- ',' if not loop.last }}
            {%- endfor %}
        from ({{ _parts(relation, amounts, weight, total, tie) }}) as parts
        group by parts.{{ within }}
    ) as groups
        on parts.{{ within }} = groups.within
{%- endmacro %}

{#-
Each row's whole units, and its remainder with its tie as one number: the larger one goes first.
Division of whole numbers beyond 64 bits takes a hundred times as long, so it is left to the rows
that need it.
-#}
{% macro _parts(relation, amounts, weight, total, tie) -%}
    select
        given.*,
        {%- for amount in amounts %}
        (
            given.{{ amount.name }}_units::hugeint * given.{{ weight }}
            - given.{{ amount.name }}_part::hugeint * given.{{ total }}
        ) * {{ 2 ** 32 }} - given.{{ tie }} as {{ amount.name }}_key
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            units.*,
            {%- for amount in amounts %}
            case
                when units.{{ amount.name }}_units::double * units.{{ weight }} < 9e18
                    then units.{{ amount.name }}_units * units.{{ weight }} // units.{{ total }}
                else (units.{{ amount.name }}_units::hugeint * units.{{ weight }} // units.{{ total }})::bigint
            end as {{ amount.name }}_part
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                source.*,
                {%- for amount in amounts %}
                (abs(source.{{ amount.name }}) * {{ 10 ** amount.places }})::bigint as {{ amount.name }}_units
                {{- ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }} as source
        ) as units
    ) as given
{%- endmacro %}

{#-
The part of a refund without items that takes back goods: shipping is given back first, and of the
rest the share that is neither tax on top nor a gift card.
-#}
{% macro goods_in_refund(amount, order) -%}
    (
        greatest({{ amount }} - coalesce({{ order }}.shipping_amount, 0), 0)
        * case
            when {{ order }}.is_tax_included or {{ order }}.subtotal_amount + {{ order }}.tax_amount = 0 then 1
            else
                coalesce(
                    {{ order }}.subtotal_amount / ({{ order }}.subtotal_amount + {{ order }}.tax_amount), 1
                )
        end
        * case
            when {{ order }}.subtotal_amount = {{ order }}.goods_amount or {{ order }}.subtotal_amount = 0 then 1
            else {{ order }}.goods_amount / {{ order }}.subtotal_amount
        end
    )::decimal(18, 2)
{%- endmacro %}

{#- The sum of a list of amounts: 0 of none, null when one of them is unknown. -#}
{% macro sum_of_known(amounts) -%}
    case
        when len(list_filter({{ amounts }}, lambda amount: amount is null)) = 0
            then coalesce(list_sum({{ amounts }}), 0)
    end
{%- endmacro %}

{#- An order's lines that are gift cards sold, and the others; one that does not say is no gift card. -#}
{% macro gift_cards_of(lines) -%}
    list_filter({{ lines }}, lambda line: coalesce(line.is_gift_card, false))
{%- endmacro %}

{% macro goods_of(lines) -%}
    list_filter({{ lines }}, lambda line: not coalesce(line.is_gift_card, false))
{%- endmacro %}

{#- What the lines of a refund take back of the goods; null when one line is unknown. -#}
{% macro goods_in_lines(lines) -%}
    {{ sum_of_known(
        'list_transform('
        ~ 'list_filter(' ~ lines ~ ', lambda line: not coalesce(line.lineitem.isgiftcard, false)), '
        ~ 'lambda line: line.subtotalset.shopmoney.amount)'
    ) }}
{%- endmacro %}

{#- The sums of one view of revenue over rows of int_revenue_events; what is given back is positive. -#}
{% macro event_sums(events, view) -%}
    {%- for event, sign in [('sale', ''), ('edit', ''), ('refund', '-'), ('cancellation', '-')] %}
    {{ sign }}coalesce(sum({{ events }}.net_revenue) filter (where {{ events }}.event = '{{ event }}'), 0)::decimal(18, 2)
        as {{ event }}s_{{ view }},
    {%- endfor %}
    sum({{ events }}.net_revenue)::decimal(18, 2) as net_revenue_{{ view }}
{%- endmacro %}

{#- What will be left of a day's orders when all of their refunds have come; null without a forecast. -#}
{% macro expected_net_revenue(net_revenue, sales, share_to_come) -%}
    ({{ net_revenue }} - {{ sales }} * {{ share_to_come }})::decimal(18, 2)
{%- endmacro %}
