{#- The day of which a row of evidence speaks, by what it is evidence of and its staging model. -#}
{% macro days_of_staging() -%}
    {{ return({
        'followers': {
            'stg_youtube__channels': 'observed_at::date',
            'stg_instagram__accounts': 'observed_at::date',
            'stg_instagram__discovery_accounts': 'observed_at::date',
            'stg_tiktok__accounts': 'observed_at::date',
            'stg_tiktok_business__account_days': 'date_day'
        },
        'flows': {
            'stg_youtube_analytics__channel_days': 'least(asked_from, date_day)',
            'stg_instagram__user_insights': 'asked_from',
            'stg_tiktok_business__account_days': 'date_day'
        },
        'posts': {
            'stg_youtube__videos': 'observed_at::date',
            'stg_youtube__video_stats': 'observed_at::date',
            'stg_instagram__media': 'observed_at::date',
            'stg_instagram__discovery_media': 'observed_at::date',
            'stg_instagram__media_insights': 'observed_at::date',
            'stg_instagram_stories__stories': 'least(observed_at, published_at)::date',
            'stg_instagram_stories__insights': 'observed_at::date',
            'stg_tiktok__videos': 'observed_at::date',
            'stg_tiktok_business__videos': 'observed_at::date'
        },
        'clicks': {
            'stg_bitly__clicks': 'date_day',
            'stg_ga4__sessions': 'date_day',
            'stg_ga4__session_requests': 'asked_from'
        }
    }) }}
{%- endmacro %}

{#-
What TikTok's Display API shows for the first time loses all its days of the Business API: where rows of the
one touch all days of the other, by kind of evidence.
-#}
{% macro days_that_lose() -%}
    {{ return({
        'followers': {
            'lost': 'stg_tiktok_business__account_days', 'day': 'date_day',
            'to': 'stg_tiktok__accounts', 'id': 'account_id'
        },
        'posts': {
            'lost': 'stg_tiktok_business__videos', 'day': 'observed_at::date',
            'to': 'stg_tiktok__videos', 'id': 'post_id'
        }
    }) }}
{%- endmacro %}

{#- Rows of the staging model `rows` that were staged since the last build. -#}
{% macro is_newly_staged(rows=none) -%}
    {%- set of = rows ~ '.' if rows -%}
    {#- as a constant, which lets the scans skip what is older -#}
    {%- set since = run_query(
        "select min(first_observed_at at time zone 'UTC')::varchar from ops.new_streams"
    ).columns[0].values()[0] if execute -%}
    {{ of }}observed_at >= {{ "'" ~ since ~ "'" if since else 'null' }}::timestamp
    and {{ of }}fetch_id in (select new_streams.fetch_id from ops.new_streams as new_streams)
{%- endmacro %}

{#- Keeps what no build has read yet; in a full build everything. -#}
{% macro is_unbuilt(rows=none) -%}
    {%- if this and is_incremental() -%}
        {{ is_newly_staged(rows) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
In int_touched_days, the first day of which rows staged since the last build speak, by kind of evidence; null where
there are none, and in a full build, which makes all days.
-#}
{% macro touched_days_of(kind) -%}
    {%- if not execute -%}
        {%- for model in days_of_staging()[kind] -%} {%- do ref(model) -%} {%- endfor -%}
    {%- endif -%}
    {%- set is_night = execute and flags.WHICH in ['build', 'run'] and not flags.FULL_REFRESH -%}
    {%- if not is_night or not has_table('ops', 'new_streams') -%}
        select null::date as day
    {%- else -%}
        {%- set is_new = is_newly_staged() -%}
        {%- set days = [] -%}
        {%- for model, day in days_of_staging()[kind].items() -%}
            {%- do days.append('select min(' ~ day ~ ') as day from ' ~ ref(model) ~ ' where ' ~ is_new) -%}
        {%- endfor -%}
        {%- if kind in days_that_lose() -%}
            {%- set name = days_that_lose()[kind] -%}
            {%- set new_ids -%}
                select {{ name.id }} from {{ ref(name.to) }} where {{ is_new }}
            {%- endset -%}
            {%- set lost -%}
                select min({{ name.day }}) from {{ ref(name.lost) }} as lost
                where
                    {{ name.id }} in ({{ new_ids }})
                    and {{ name.id }} not in (
                        select {{ name.id }} from {{ ref(name.to) }}
                        where
                            {{ name.id }} in ({{ new_ids }})
                            and fetch_id not in (select new_streams.fetch_id from ops.new_streams as new_streams)
                    )
            {%- endset -%}
            {%- do days.append(lost) -%}
        {%- endif -%}
        {{ days | join(' union all ') }}
    {%- endif -%}
{%- endmacro %}

{#-
That day among the kinds of `evidence`, as a constant, which lets scans skip what is older. What a model says of earlier
days cannot have changed as long as it says nothing of a day but what was seen until then, and as the plan and the models
are those of the last build (else it is a full one).
-#}
{% macro first_touched_day(evidence) -%}
    {#- asked once for all places of a model, and once for all its hooks -#}
    {%- set known = model.setdefault('touched_days', {}) -%}
    {%- if execute and not known -%}
        {%- for row in run_query("select evidence, first_day::varchar from " ~ ref('int_touched_days')) -%}
            {%- do known.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for kind in evidence if known.get(kind) -%} {%- do days.append(known[kind]) -%} {%- endfor -%}
    {{ "'" ~ (days | min) ~ "'::date" if days else 'null::date' }}
{%- endmacro %}

{#- A hook before a model that is built by days: what new evidence touches goes, to be made again. -#}
{% macro forget_touched_days(evidence) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where date_day >= {{ first_touched_day(evidence) }}
    {%- endif -%}
{%- endmacro %}

{#- dbt waits for what is referred to while it parses, when nothing is incremental yet. -#}
{% macro wait_for_touched_days() -%}
    {%- if not execute -%} {%- do ref('int_touched_days') -%} {%- endif -%}
{%- endmacro %}

{#- Keeps the rows of touched days, by `day`, and of so many days before them; in a full build all of them. -#}
{% macro is_touched(day, evidence, days_before=0) -%}
    {{- wait_for_touched_days() -}}
    {%- if this and is_incremental() -%}
        {{ day }} >= {{ first_touched_day(evidence) }}{{ ' - ' ~ days_before if days_before }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Keeps the other rows: those of earlier days, which is all of them where nothing new was said. -#}
{% macro is_before_touched(day, evidence, days_before=0) -%}
    {{- wait_for_touched_days() -}}
    {%- if this and is_incremental() -%}
        coalesce({{ day }} < {{ first_touched_day(evidence) }}{{ ' - ' ~ days_before if days_before }}, true)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
