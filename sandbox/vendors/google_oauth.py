"""Google's token endpoint: an access token for any refresh token that begins with `sandbox-`."""

from __future__ import annotations

from urllib.parse import parse_qsl

from sandbox.wire import Answer, Ask, json_answer

PREFIX = "/token"
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - an invented one
_ACCESS = "sandbox-access-"


def is_access_token(token: str | None) -> bool:
    """Whether this endpoint gives such tokens."""
    return token is not None and token.startswith(f"{_ACCESS}sandbox-")


class GoogleOAuth:
    """Gives access tokens for refresh tokens."""

    def answer(self, ask: Ask) -> Answer:
        form = dict(parse_qsl(ask.body.decode("utf-8", errors="replace")))
        refresh_token = form.get("refresh_token", "")
        if form.get("grant_type") != "refresh_token":
            return json_answer({"error": "unsupported_grant_type"}, 400)
        if (
            form.get("client_id") != CLIENT_ID
            or form.get("client_secret") != CLIENT_SECRET
            or not refresh_token.startswith("sandbox-")
        ):
            return json_answer({"error": "invalid_grant"}, 400)
        return json_answer(
            {
                "access_token": _ACCESS + refresh_token,
                "expires_in": 3599,
                "scope": "https://www.googleapis.com/auth/analytics.readonly",
                "token_type": "Bearer",
            }
        )
