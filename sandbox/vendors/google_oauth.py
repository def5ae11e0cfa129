"""Google's token endpoint: a refresh token and its client for an access token of one hour.

Any source with a `client_id` may ask here; see `credentials` for the refresh tokens.
"""

from __future__ import annotations

import base64
from itertools import count
from typing import NamedTuple
from urllib.parse import parse_qsl

from sandbox.credentials import account_of, google_clients
from sandbox.moments import HOUR
from sandbox.wire import Answer, Ask, json_answer

PREFIX = "/token"
_MARK = "ya29."


class Grant(NamedTuple):
    """Whom an access token lets in: a source, and the account where each has its own."""

    source: str
    account_id: str
    refresh_token: str


class GoogleOAuth:
    """`revoked` refresh tokens give nothing any more; `narrow` ones were given without the scope.

    Access tokens say themselves whom they are for and when they end, so nothing is stored; no two
    are the same.
    """

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.narrow: set[str] = set()
        self._number = count(1)

    def answer(self, ask: Ask) -> Answer:
        if ask.path != PREFIX or ask.method != "POST":
            return _refusal("invalid_request", "Not a token request.", 404)
        form = dict(parse_qsl(ask.body.decode()))
        if form.get("grant_type") != "refresh_token":
            return _refusal("unsupported_grant_type", "Invalid grant_type: see RFC 6749.")
        client = form.get("client_id", ""), form.get("client_secret", "")
        if client not in google_clients().values():
            return _refusal("invalid_client", "The OAuth client was not found.", 401)
        token = form.get("refresh_token", "")
        grant = _grant(token)
        if grant is None or token in self.revoked or google_clients()[grant.source] != client:
            return _refusal("invalid_grant", "Token has been expired or revoked.")
        return json_answer(
            {
                "access_token": _access_token(ask.at + HOUR, next(self._number), token),
                "expires_in": HOUR - 1,
                "scope": "https://www.googleapis.com/auth/yt-analytics.readonly",
                "token_type": "Bearer",
            }
        )

    def grant(self, access_token: str | None, at: int) -> Grant | None:
        """Whom an access token lets in at an instant; None when it is not ours or has ended."""
        if access_token is None or not access_token.startswith(_MARK):
            return None
        try:
            raw = base64.urlsafe_b64decode(access_token.removeprefix(_MARK))
            end, _, token = raw.decode().split("/", 2)
            is_open = at < int(end) and token not in self.revoked
        except ValueError:
            return None
        return _grant(token) if is_open else None


def _access_token(end: int, number: int, refresh_token: str) -> str:
    # Encoded, because who holds the refresh token masks it wherever it stands.
    return _MARK + base64.urlsafe_b64encode(f"{end}/{number}/{refresh_token}".encode()).decode()


def _grant(refresh_token: str) -> Grant | None:
    for source in google_clients():
        account_id = account_of(source, refresh_token)
        if account_id is not None:
            return Grant(source, account_id, refresh_token)
    return None


def _refusal(error: str, description: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
