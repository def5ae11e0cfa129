"""The invented credentials that the stand-in vendors accept: by source, by name of the setting."""

from __future__ import annotations

from collections.abc import Mapping

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "youtube": {"token": "sandbox-youtube-token"},
    "instagram": {"token": "sandbox-instagram-token"},
    "ga4": {
        "property": "310001",
        "token": "sandbox-ga4-refresh-token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-client-secret",
    },
    "bitly": {"token": "sandbox-bitly-token"},
    "impact": {"account": "IRlumen", "token": "sandbox-impact-token", "campaign": "1000"},
    "shopify": {"token": "sandbox-shopify-token", "shop": "lumen"},
}
