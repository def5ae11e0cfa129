"""Every source, one line each; what is listed here is fetched, loaded and scheduled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.plan_source import PLAN
from ingest.sources import ecb, instagram, shopify, youtube
from ingest.sources.shopify_webhooks import WEBHOOKS

if TYPE_CHECKING:
    from ingest.streams import Source, Stream

SOURCES: dict[str, Source] = {
    "youtube": youtube.SOURCE,
    "instagram": instagram.SOURCE,
    "shopify": shopify.SOURCE,
    "ecb": ecb.SOURCE,
}


def ALL_STREAMS() -> dict[tuple[str, str], Stream]:
    """Every stream of every source, of the plan and of what is delivered, by (source, stream)."""
    return {
        (source.name, stream.name): stream
        for source in (*SOURCES.values(), PLAN, WEBHOOKS)
        for stream in source.streams
    }
