{#- Text as people type it, brought to the form in which it is compared. -#}

{#-
A discount code without case, spaces and invisible signs, its look-alike letters read as the Latin
ones. The plan refuses two codes that this makes one (microlift/plan/codes.py holds the same rule).
-#}
{% macro normalise_code(text) -%}
    nullif(
        translate(
            upper(regexp_replace(nfc_normalize({{ text }}), '[\s\p{Z}\p{Cc}\p{Cf}]', '', 'g')),
            '{{ look_alikes().keys() | join }}',
            '{{ look_alikes().values() | join }}'
        ),
        ''
    )
{%- endmacro %}

{#- Capital letters, digits and dashes that look like another: Cyrillic, Greek, full width, dashes. -#}
{% macro look_alikes() -%}
    {%- set alike = {} -%}
    {%- for strange, plain in [
        ('АВЕКМНОРСТУХЅІЈҮҺԀԚԜ', 'ABEKMHOPCTYXSIJYHDQW'),
        ('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'),
        ('ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ０１２３４５６７８９－＿', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'),
        ('İ', 'I'),
        ('‐‑‒–—―−', '-------')
    ] -%}
        {%- for letter in strange -%} {%- do alike.update({letter: plain[loop.index0]}) -%} {%- endfor -%}
    {%- endfor -%}
    {{ return(alike) }}
{%- endmacro %}

{#- A survey's answer, a name or a handle: letters and digits alone, in lowercase and without accents. -#}
{% macro normalise_answer(text) -%}
    nullif(regexp_replace(lower(strip_accents(nfc_normalize({{ text }}))), '[^\p{L}\p{N}]', '', 'g'), '')
{%- endmacro %}

{#- A handle as it is compared: without its @, in lowercase. -#}
{% macro bare_handle(text) -%}
    nullif(lower(ltrim(trim({{ text }}), '@')), '')
{%- endmacro %}

{% macro normalise_utm(text) -%}
    nullif(lower(trim({{ text }})), '')
{%- endmacro %}

{#- One utm parameter of a landing page's address. -#}
{% macro utm_of(url, parameter) -%}
    {{ normalise_utm("try(url_decode(replace(regexp_extract(" ~ url ~ ", '[?&]" ~ parameter ~ "=([^&#]*)', 1), '+', ' ')))") }}
{%- endmacro %}

{#- An address without scheme, www and trailing slash; case matters in its path alone. -#}
{% macro bare_url(text) -%}
    {%- set bare = "regexp_replace(trim(" ~ text ~ "), '^([hH][tT][tT][pP][sS]?://)?([wW]{3}\.)?|/+$', '', 'g')" -%}
    nullif(lower(regexp_extract({{ bare }}, '^[^/]*')) || regexp_extract({{ bare }}, '/.*$'), '')
{%- endmacro %}

{#- True when the sign stands in the text by itself, not as a part of a longer address. -#}
{% macro stands_in(sign, text) -%}
    regexp_matches({{ text }}, '(^|[^\w.-])' || regexp_escape({{ sign }}) || '($|[^\w-])')
{%- endmacro %}

{#- The words of a text in lowercase; a word may hold inner points and hyphens. -#}
{% macro words(text) -%}
    regexp_extract_all(lower({{ text }}), '[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*')
{%- endmacro %}

{#- The words behind a mark (# or @). -#}
{% macro marked_words(text, mark) -%}
    regexp_extract_all(lower({{ text }}), '{{ mark }}([\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*)', 1)
{%- endmacro %}

{#- True when the platform's label or a hashtag says that a post is paid for; null when neither is known. -#}
{% macro is_disclosed(is_labelled, caption) -%}
    case
        when {{ is_labelled }} then true
        when
            list_has_any(
                {{ marked_words(caption, '#') }},
                [
                    'ad', 'ads', 'advert', 'advertisement', 'anzeige', 'gesponsert', 'paidpartnership',
                    'pub', 'publicidad', 'reklame', 'sponsored', 'werbung'
                ]
            )
            then true
        when {{ is_labelled }} is not null or {{ caption }} is not null then false
    end
{%- endmacro %}
