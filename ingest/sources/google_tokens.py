"""Google's access tokens, from a refresh token or from a service account's key file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import Unauthorised

if TYPE_CHECKING:
    from ingest.auth import Credentials
    from ingest.http import Client

TOKEN_URL = "https://oauth2.googleapis.com"  # noqa: S105 - an address
_PATH = "/token"
_LIFETIME = 3600


def renewing(scope: str) -> Callable[[Client, Credentials], Credentials]:
    """A `Source.renew` for one scope.

    With `key_file` the service account signs for itself; else `token` is a refresh token of
    `client_id` and `client_secret`. Unauthorised when Google refuses or the file is no key.
    """

    def renew(client: Client, credentials: Credentials) -> Credentials:
        if credentials.get("key_file"):
            form = {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": _signed(Path(credentials["key_file"]).expanduser(), scope),
            }
        else:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": credentials["token"],
                "client_id": credentials["client_id"],
                "client_secret": credentials["client_secret"],
            }
        page = client.post_form(_PATH, form, shape={"access_token": str})
        return {"access_token": page.json["access_token"]}

    return renew


def _signed(path: Path, scope: str) -> str:
    import jwt  # noqa: PLC0415 - brings cryptography, which only a service account needs

    issued = int(time.time())
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
        claims = {
            "iss": key["client_email"],
            "scope": scope,
            "aud": TOKEN_URL + _PATH,
            "iat": issued,
            "exp": issued + _LIFETIME,
        }
        headers = {"kid": key["private_key_id"]}
        return jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
    except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
        # Its text may quote the key.
        problem = type(error).__name__
        raise Unauthorised(f"{path.name} is not a service account's key file: {problem}") from None
