"""Takes secrets out of everything that leaves ingest: errors, logs and landed pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
# Replacing a very short secret inside a body could damage the numbers around it.
_SHORTEST_IN_BODY = 8
# Vendors put the caller's token into the URLs of their answers (Meta's paging.next).
_TOKEN_IN_URL = re.compile(rb"(access_token=)[^&\"'\\\s]+")


class Redactor:
    """Replaces known secrets, in their plain, URL-encoded and JSON-escaped spelling, by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on."""
        spellings = {*self._texts} | {
            spelling
            for secret in secrets
            if secret
            for spelling in (secret, quote(secret, safe=""), secret.replace("/", "\\/"))
        }
        self._texts = sorted(spellings, key=len, reverse=True)
        self._bodies = [t.encode() for t in self._texts if len(t) >= _SHORTEST_IN_BODY]

    def text(self, value: str) -> str:
        """The text without secrets."""
        for secret in self._texts:
            value = value.replace(secret, MASK)
        return value

    def body(self, value: bytes) -> bytes:
        """The vendor's bytes without secrets; the very same object when there are none."""
        for secret in self._bodies:
            if secret in value:
                value = value.replace(secret, MASK.encode())
        if b"access_token=" in value:
            value = _TOKEN_IN_URL.sub(rb"\1***", value)
        return value
