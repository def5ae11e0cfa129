"""The apps that the shop knows: which scopes a token has, and tokens that last for a day.

Three tokens are there from the start, one of them with every scope; an app with client credentials
asks for its own, as apps of the Dev Dashboard do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from sandbox.moments import DAY
from sandbox.wire import TOKENS, Answer, json_answer

if TYPE_CHECKING:
    from sandbox.wire import Ask

TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 - a path
CLIENT_ID, CLIENT_SECRET = "sandbox-shopify-client", "sandbox-shopify-client-secret"
ALL = frozenset({"read_orders", "read_all_orders", "read_customers"})
# A token that sees 60 days of orders, and one that may not see who ordered.
RECENT_TOKEN, GUEST_TOKEN = "sandbox-shopify-recent-token", "sandbox-shopify-guest-token"
_TOKEN_SECONDS = DAY


class Apps:
    """Tokens and their scopes; `issued` are those given for client credentials, with their end."""

    def __init__(self) -> None:
        self.issued: dict[str, int] = {}
        self._given = 0
        self._scopes = {
            TOKENS["shopify"]: ALL,
            RECENT_TOKEN: ALL - {"read_all_orders"},
            GUEST_TOKEN: ALL - {"read_customers"},
        }

    def scopes(self, token: str, at: int) -> frozenset[str] | None:
        """The scopes of a token at an instant; None when it is not accepted."""
        if token in self.issued:
            return ALL if at < self.issued[token] else None
        return self._scopes.get(token)

    def give_token(self, ask: Ask) -> Answer:
        """The answer to a question for a token."""
        try:
            asked = orjson.loads(ask.body)
        except orjson.JSONDecodeError:
            asked = {}
        if asked.get("grant_type") != "client_credentials":
            return json_answer({"error": "unsupported_grant_type"}, 400)
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return json_answer({"error": "application_cannot_be_found"}, 400)
        self._given += 1
        token = f"shpat_sandbox{self._given:08d}"
        self.issued[token] = ask.at + _TOKEN_SECONDS
        given = {"access_token": token, "scope": ",".join(sorted(ALL)), "expires_in": 86_399}
        return json_answer(given)
