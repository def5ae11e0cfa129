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
