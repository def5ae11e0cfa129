"""The invented credentials that the stand-in vendors accept: by source, by name of the setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "youtube": {"token": "sandbox-youtube-token"},
    "youtube_analytics": {
        "client_id": "sandbox-google-client",
        "client_secret": "sandbox-google-secret",
        "token": "sandbox-youtube_analytics-token",
    },
    "instagram": {"token": "sandbox-instagram-token"},
    "shopify": {"token": "sandbox-shopify-token", "shop": "lumen"},
}


def account_token(source: str, account_id: str) -> str:
    """The token of one account, where every account has one of its own."""
    return f"{CREDENTIALS[source]['token']}.{account_id}"


def account_tokens(source: str, account_ids: Iterable[str]) -> str:
    """The setting that holds them: `account=token` pairs."""
    return ",".join(f"{account}={account_token(source, account)}" for account in account_ids)


def account_of(source: str, token: str) -> str | None:
    """The account whose token it is; empty for the source's own token, None for a stranger's."""
    own = CREDENTIALS[source].get("token", "")
    if not own or not (token == own or token.startswith(f"{own}.")):
        return None
    return token[len(own) + 1 :]
