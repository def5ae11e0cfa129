"""The invented credentials that the stand-in vendors accept: by source, by name of the setting."""

from __future__ import annotations

from collections.abc import Mapping

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "youtube": {"token": "sandbox-youtube-token"},
    "instagram": {"token": "sandbox-instagram-token"},
    "shopify": {"token": "sandbox-shopify-token", "shop": "lumen"},
}
