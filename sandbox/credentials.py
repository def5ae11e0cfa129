"""The invented credentials that the stand-in vendors accept: by source, by name of the setting.

Some vendors give every account a token of its own; such a token is made of the account's id, so
that whoever reads the plan knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
# By source whose accounts have a token each: their platform, and the settings beside the tokens.
BY_ACCOUNT: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "youtube_analytics": (
        "youtube",
        {
            "client_id": "sandbox-youtube-analytics-id",
            "client_secret": "sandbox-youtube-analytics-secret",
        },
    ),
    "tiktok": (
        "tiktok",
        {"client_key": "sandbox-tiktok-key", "client_secret": "sandbox-tiktok-secret"},
    ),
    "tiktok_business": ("tiktok", {}),
}
_KINDS = {"youtube_analytics": "refresh", "tiktok": "refresh", "tiktok_business": "token"}


def account_token(source: str, account_id: str) -> str:
    """The token of one account, such as `sandbox-tiktok-refresh-<account_id>`."""
    return f"sandbox-{source.replace('_', '-')}-{_KINDS[source]}-{account_id}"


def account_of(source: str, token: str) -> str | None:
    """Whose token it is: empty where a source has one for all; None for a stranger's."""
    if source in BY_ACCOUNT:
        start = account_token(source, "")
        return token.removeprefix(start) if token.startswith(start) else None
    return "" if token == CREDENTIALS[source].get("token") else None


def google_clients() -> dict[str, tuple[str, str]]:
    """Id and secret of each source's OAuth client at Google."""
    every = {**CREDENTIALS, **{source: held for source, (_, held) in BY_ACCOUNT.items()}}
    return {
        source: (held["client_id"], held["client_secret"])
        for source, held in every.items()
        if "client_id" in held
    }


def credentials(accounts: Iterable[tuple[str, str]]) -> dict[str, Mapping[str, str]]:
    """Every source's settings in a world whose authorised `accounts` are (platform, account_id).

    A source without accounts has no `token`, as if it had not been set up.
    """
    known = list(dict.fromkeys(accounts))
    found = dict(CREDENTIALS)
    for source, (platform, others) in BY_ACCOUNT.items():
        pairs = [f"{i}={account_token(source, i)}" for name, i in known if name == platform]
        found[source] = {**others, **({"token": ",".join(pairs)} if pairs else {})}
    return found
