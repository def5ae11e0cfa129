{#- Text as people type it, brought to the form in which it is compared. -#}

{#- A discount code without case or spaces. -#}
{% macro normalise_code(text) -%}
    nullif(upper(regexp_replace(nfc_normalize({{ text }}), '\s', '', 'g')), '')
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
