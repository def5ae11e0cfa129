{#- What ingest and the plan know too; a test holds these lists against theirs. -#}

{#- Platforms whose posts are counted. -#}
{% macro platforms() -%}
    {{ return(['youtube', 'instagram', 'tiktok']) }}
{%- endmacro %}

{#- For how many days a vendor lets us keep what it says of accounts that did not authorise us, by platform. -#}
{% macro kept_days_unauthorised() -%}
    {{ return({'youtube': 30}) }}
{%- endmacro %}

{#- Every vendor's stream that raw has a table for. -#}
{% macro vendor_streams() -%}
    {{ return([
        ('youtube', 'channels'), ('youtube', 'playlist_items'), ('youtube', 'videos'),
        ('youtube', 'video_stats'), ('youtube', 'comments'), ('youtube', 'candidates'), ('youtube', 'candidate_videos'),
        ('youtube_analytics', 'channel_days'), ('youtube_analytics', 'video_days'),
        ('instagram', 'accounts'), ('instagram', 'user_insights'), ('instagram', 'media'),
        ('instagram', 'media_insights'), ('instagram', 'discovery_accounts'),
        ('instagram', 'discovery_media'), ('instagram', 'comments'), ('instagram', 'tags'),
        ('instagram', 'candidates'),
        ('instagram_stories', 'stories'), ('instagram_stories', 'story_insights'),
        ('tiktok', 'accounts'), ('tiktok', 'videos'),
        ('tiktok_business', 'account_days'), ('tiktok_business', 'videos'),
        ('shopify', 'shop'), ('shopify', 'orders'), ('shopify', 'bulk_orders'),
        ('shopify_webhooks', 'orders'), ('shopify_webhooks', 'refunds'),
        ('ga4', 'sessions'), ('bitly', 'clicks'), ('impact', 'actions'),
        ('ecb', 'rates'),
    ]) }}
{%- endmacro %}
