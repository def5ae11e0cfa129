"""The `fields` parameter of Google's APIs: an answer cut down to what was asked for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from sandbox.wire import Answer, json_answer

_TOKEN = re.compile(r"[A-Za-z0-9_]+|[(),/]")
Mask = dict[str, Any]


def partial(answer: Answer, fields: str | None) -> Answer:
    """The answer with only the named fields; `a(b,c)` and `a/b` name fields inside `a`."""
    if not fields or answer.status != 200:
        return answer
    return json_answer(_keep(orjson.loads(answer.body), _mask(fields)))


@lru_cache(maxsize=64)
def _mask(fields: str) -> Mask:
    tokens = _TOKEN.findall(fields)
    tokens.reverse()
    return _read(tokens)


def _read(tokens: list[str]) -> Mask:
    mask: Mask = {}
    while tokens and tokens[-1] != ")":
        at = mask
        name = tokens.pop()
        while tokens and tokens[-1] == "/":
            tokens.pop()
            at = at.setdefault(name, {})
            name = tokens.pop()
        inside: Mask = {}
        if tokens and tokens[-1] == "(":
            tokens.pop()
            inside = _read(tokens)
            tokens.pop()
        at[name] = inside
        if tokens and tokens[-1] == ",":
            tokens.pop()
    return mask


def _keep(value: Any, mask: Mask) -> Any:
    if not mask:
        return value
    if isinstance(value, list):
        return [_keep(item, mask) for item in value]
    if isinstance(value, dict):
        return {name: _keep(value[name], inner) for name, inner in mask.items() if name in value}
    return value
