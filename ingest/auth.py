"""How a vendor lets us in: headers from credentials, and new tokens when the old ones have ended.

A token that rotates is on disk before it is used, under a lock that parallel fetches share: the
vendor forgets the old one the moment it gives the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson

from ingest.errors import Unauthorised

if TYPE_CHECKING:
    from ingest.http import Client

Credentials = Mapping[str, str]
# Asks the vendor, through a client that sends no credential, for new ones; what it answers is laid
# over the held ones and kept.
Renew = Callable[["Client", Credentials], Credentials]
# Where new headers came from: the vendor was asked, or another fetch had asked it already.
Renewed = Literal["asked", "taken"]


class Auth(Protocol):
    """What a client asks before every call, and after one that came too late."""

    def headers(self, account: str | None) -> Mapping[str, str]: ...
    def renew(self, account: str | None, stale: Mapping[str, str]) -> Renewed | None:
        """Get other headers than `stale`; None when there is no way to."""


class FixedAuth:
    """Headers that never change."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._headers = headers or {}

    def headers(self, account: str | None) -> Mapping[str, str]:
        """The headers, whatever the account."""
        return self._headers

    def renew(self, account: str | None, stale: Mapping[str, str]) -> None:
        """Never possible."""


class AuthByAccount:
    """Headers made of the account's own `token`, of those that the settings hold for all."""

    def __init__(
        self, credentials: Credentials, headers: Callable[[Credentials], Mapping[str, str]]
    ) -> None:
        self._credentials, self._make_headers = credentials, headers

    def headers(self, account: str | None) -> Mapping[str, str]:
        """The headers for that account; Unauthorised where it has no token."""
        token = token_of(self._credentials, account)
        return self._make_headers({**self._credentials, "token": token})

    def renew(self, account: str | None, stale: Mapping[str, str]) -> None:
        """Never possible."""


class RenewableAuth:
    """Headers made of an `access_token` that the vendor gives for the configured credentials.

    `credentials` are the settings'. Where every account has a token of its own, `token` holds them
    as `account_id=token`, separated by commas. `path` keeps what the vendor gave; `learn` is told
    every new secret before it is used.
    """

    def __init__(
        self,
        credentials: Credentials,
        headers: Callable[[Credentials], Mapping[str, str]],
        *,
        renew: Renew,
        client: Client,
        path: Path,
        learn: Callable[[list[str]], None],
    ) -> None:
        self._credentials, self._make_headers, self._ask = credentials, headers, renew
        self._client, self._path, self._learn = client, path, learn
        self._made: dict[str | None, Mapping[str, str]] = {}
        self._lock = threading.Lock()

    def headers(self, account: str | None) -> Mapping[str, str]:
        """The headers for that account; asks the vendor where no access token is held yet."""
        with self._lock:
            if account not in self._made:
                held = self._held(_read(self._path), account)
                if "access_token" in held:
                    self._remember(account, held)
            made = self._made.get(account)
        if made is None:
            self.renew(account, {})
            made = self._made[account]
        return made

    def renew(self, account: str | None, stale: Mapping[str, str]) -> Renewed:
        """Keep a new access token, unless another fetch did so since `stale` was made."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = _read(self._path)
            held = self._held(kept, account)
            if "access_token" in held and self._make_headers(held) != stale:
                with self._lock:
                    self._remember(account, held)
                return "taken"
            self._learn_from(held)
            given = {name: value for name, value in self._ask(self._client, held).items() if value}
            self._learn_from(given)
            entry = kept.get(account or "", {}) if self._is_current(kept, account) else {}
            kept[account or ""] = {**entry, **given, "granted": self._fingerprint(account)}
            _replace(self._path, kept)
            # Only now, and never forgotten in between: a call of another thread that looked while
            # we asked would have brought the old one back.
            with self._lock:
                self._remember(account, self._held(kept, account))
        return "asked"

    def _remember(self, account: str | None, held: Credentials) -> None:
        self._learn_from(held)
        self._made[account] = self._make_headers(held)

    def _held(self, kept: dict[str, dict[str, str]], account: str | None) -> Credentials:
        own = {**self._credentials, "token": token_of(self._credentials, account)}
        return {**own, **kept[account or ""]} if self._is_current(kept, account) else own

    def _is_current(self, kept: dict[str, dict[str, str]], account: str | None) -> bool:
        """Whether what is kept came of the credential that the settings hold now."""
        return kept.get(account or "", {}).get("granted") == self._fingerprint(account)

    def _fingerprint(self, account: str | None) -> str:
        told = {**self._credentials, "token": token_of(self._credentials, account)}
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    def _learn_from(self, held: Credentials) -> None:
        self._learn([value for name, value in held.items() if "token" in name or "secret" in name])


def token_of(credentials: Credentials, account: str | None) -> str:
    """The configured token of an account, all of `token` for None; Unauthorised without one."""
    text = credentials.get("token", "")
    if account is None:
        return text
    tokens = tokens_by_account(text)
    if account not in tokens:
        raise Unauthorised(f"no token for account {account}: its owner has not let us in yet")
    return tokens[account]


def tokens_by_account(text: str) -> dict[str, str]:
    """`account_id=token` pairs, separated by commas; pairs without a token are left out."""
    pairs = (pair.strip().partition("=") for pair in text.split(","))
    return {account: token for account, _, token in pairs if account and token}


def secrets_in(credentials: Credentials) -> list[str]:
    """Every secret of the credentials by itself, those of a list by account too."""
    by_account = tokens_by_account(credentials.get("token", ""))
    return [*credentials.values(), *by_account.values()]


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        kept: dict[str, dict[str, str]] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError:
        return {}  # as if none had been given: the configured credential is asked with again
    return kept


def _replace(path: Path, kept: dict[str, Any]) -> None:
    """Write it whole, readable by its owner only, and on disk before it counts."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(kept))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
