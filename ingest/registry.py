"""Every source, one line each; what is listed here is fetched, loaded and scheduled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.plan_source import PLAN
from ingest.sources import (
    bitly,
    ecb,
    ga4,
    impact,
    instagram,
    instagram_stories,
    shopify,
    tiktok,
    tiktok_business,
    youtube,
    youtube_analytics,
)
from ingest.sources.shopify_webhooks import WEBHOOKS

if TYPE_CHECKING:
    from ingest.streams import Source, Stream

SOURCES: dict[str, Source] = {
    "youtube": youtube.SOURCE,
    "youtube_analytics": youtube_analytics.SOURCE,
    "instagram": instagram.SOURCE,
    "instagram_stories": instagram_stories.SOURCE,
    "tiktok": tiktok.SOURCE,
    "tiktok_business": tiktok_business.SOURCE,
    "shopify": shopify.SOURCE,
    "ecb": ecb.SOURCE,
    "ga4": ga4.SOURCE,
    "bitly": bitly.SOURCE,
    "impact": impact.SOURCE,
}


def ALL_STREAMS() -> dict[tuple[str, str], Stream]:
    """Every stream of every source, of the plan and of what is delivered, by (source, stream)."""
    return {
        (source.name, stream.name): stream
        for source in (*SOURCES.values(), PLAN, WEBHOOKS)
        for stream in source.streams
    }
