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
A select over `relation`, each of whose rows divides its amounts among a list of `members` by largest
remainder: a row for each member, with `member`, its `weight` and its part of each amount, in whole units of the
last of the amount's `places`. The parts add up to the amount exactly; a negative one is divided like its opposite,
an unknown one gives unknown parts. `weights` are whole numbers in the order of the members, their sum below 2^47;
at equal remainders the member that stands first goes first. Each amount is a dict of name, places and type.

A member gets one unit more when its key is not below that of the last who gets one. Lists take no sort and no group of
all rows, so that a row holds memory only while it is divided.
-#}
{% macro allocate(relation, amounts, members, weights) -%}
    select
        flat.* exclude (
            {%- for amount in amounts %}
            {{ amount.name }}, {{ amount.name }}_units, {{ amount.name }}_part, {{ amount.name }}_key,
            {{ amount.name }}_least
            {{- ',' if not loop.last }}
            {%- endfor %}
        ),
        {%- for amount in amounts %}
        (
            sign(flat.{{ amount.name }})
            * (
                flat.{{ amount.name }}_part
                + coalesce(flat.{{ amount.name }}_key >= flat.{{ amount.name }}_least, false)::integer
            )::decimal(18, 0)
            * {{ '0.' ~ '0' * (amount.places - 1) ~ '1' }}
        )::{{ amount.type }} as {{ amount.name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            bounded.* exclude (
                {{ members }}, {{ weights }}
                {%- for amount in amounts %}, {{ amount.name }}_parts, {{ amount.name }}_keys{% endfor %}
            ),
            unnest(bounded.{{ members }}) as member,
            unnest(bounded.{{ weights }}) as weight,
            {%- for amount in amounts %}
            unnest(bounded.{{ amount.name }}_parts) as {{ amount.name }}_part,
            unnest(bounded.{{ amount.name }}_keys) as {{ amount.name }}_key
            {{- ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                parted.* exclude (places, weight_total, weight_most),
                {%- for amount in amounts %}
                case
                    when parted.{{ amount.name }}_units > list_sum(parted.{{ amount.name }}_parts)
                        then list_reverse_sort(parted.{{ amount.name }}_keys)[
                            (parted.{{ amount.name }}_units - list_sum(parted.{{ amount.name }}_parts))::bigint
                        ]
                end as {{ amount.name }}_least
                {{- ',' if not loop.last }}
                {%- endfor %}
            from ({{ _parts(relation, amounts, weights) }}) as parted
        ) as bounded
    ) as flat
{%- endmacro %}

{#-
Each member's whole units, and its remainder with its place as one number: the larger one goes first.
Division of whole numbers beyond 64 bits takes a hundred times as long, so it is left to the rows
that need it.
-#}
{% macro _parts(relation, amounts, weights) -%}
    {%- set list = 'units.' ~ weights %}
    select
        units.*,
        {%- for amount in amounts %}
        {%- set whole = 'units.' ~ amount.name ~ '_units' %}
        case
            when {{ whole }}::double * units.weight_most < 9e18
                then list_transform({{ list }}, lambda weight: {{ whole }} * weight // units.weight_total)
            else
                list_transform({{ list }}, lambda weight: ({{ whole }}::hugeint * weight // units.weight_total)::bigint)
        end as {{ amount.name }}_parts,
        case
            when {{ whole }}::double * units.weight_most < 9e18
                then list_transform(
                    units.places,
                    lambda place: {{ whole }} * {{ list }}[place] % units.weight_total * 65536 - place
                )
            else
                list_transform(
                    units.places,
                    lambda place: ({{ whole }}::hugeint * {{ list }}[place] % units.weight_total)::bigint * 65536 - place
                )
        end as {{ amount.name }}_keys
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            source.*,
            generate_series(1, len(source.{{ weights }})) as places,
            list_sum(source.{{ weights }})::bigint as weight_total,
            list_max(source.{{ weights }})::bigint as weight_most,
            {%- for amount in amounts %}
            (abs(source.{{ amount.name }}) * {{ 10 ** amount.places }})::bigint as {{ amount.name }}_units
            {{- ',' if not loop.last }}
            {%- endfor %}
        from {{ relation }} as source
    ) as units
{%- endmacro %}

{#- One field of each struct in a list, in its order. -#}
{% macro field_of(structs, field) -%}
    list_transform({{ structs }}, lambda one: one.{{ field }})
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

{#- What was paid for the gift cards among an order's lines; unknown where the lines are. -#}
{% macro gift_card_amount(lines) -%}
    case
        when {{ lines }} is not null
            then
                {{ sum_of_known('list_transform(' ~ gift_cards_of(lines) ~ ', lambda line: line.gross_amount)') }}
                - {{ sum_of_known(
                    'flatten(list_transform(' ~ gift_cards_of(lines) ~ ', lambda line:'
                    ~ ' list_transform(line.discounts, lambda part: part.amount)))'
                ) }}
    end
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
