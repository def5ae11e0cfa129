"""What a stand-in vendor is asked and what it answers, free of any web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson

from sandbox.credentials import CREDENTIALS

JSON = "application/json; charset=UTF-8"
TOKENS = {name: values["token"] for name, values in CREDENTIALS.items() if "token" in values}


class Ask(NamedTuple):
    """One request; `at` is the instant it is answered for."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: int


@dataclass(slots=True)
class Answer:
    """One response, ready for the wire."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class Vendor(Protocol):
    """A stand-in: answers every request below its own paths."""

    def answer(self, ask: Ask) -> Answer: ...


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is a JSON document."""
    return Answer(orjson.dumps(value), status, JSON, dict(headers or {}))


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header, if there is one."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None
