"""Payloads that a vendor could send on a bad day, made from real ones by a seeded draw.

All of them are strict JSON, for nothing else is ever landed, and none of them holds a zero: a zero
that comes out of a model was made up.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

Path = tuple[str | int, ...]

BIG = 2**53 + 1
_TWICE = '{"a": 1, "a": 2}'
_ZERO = re.compile(r"[+-]?0+(\.0*)?")
_RAW = re.compile(r'"@@(.*?)@@"')
_GARBAGE = (
    "1,234", "1.2M", "", " ", "n/a", "null", "NaN", "-", "--5", "1e400", "-1e400", "12 345",
    "1.234.567", "0x1F", "1_000", "Infinity", "٣٤٥", "½", "1\u0000", "\u0000", "🦩" * 40,
    "\u202eabc\u202c", "a\u0301\u200b", "'; drop table raw.fetches;--", "{{ env_var('HOME') }}",
    "../../etc/passwd", "%0d%0a", "UNKNOWN_VALUE", "2026-13-45", "9999-12-31T23:59:60Z",
    "2028-02-29T24:00:00+14:00", "10000-01-01", "-0044-03-15", "infinity", "epoch",
    "2026-03-29T02:30:00+01:00", "1970-01-01", "99999999999999999999999999999999999999999",
)  # fmt: skip
_NUMBERS = (
    0.4, -0.3, 0.49999, 1.5, 1e30, 1e-7, -1, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63), BIG,
    12345678901234.567,
)  # fmt: skip
_RAW_NUMBERS = ("1e308", "1E3", "4e-1", "12.0")


def without_zeros(value: Any) -> Any:
    """The value with every zero, as number or as text, replaced by a seven."""
    if isinstance(value, dict):
        return {name: without_zeros(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_zeros(inner) for inner in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value == 0:
        return type(value)(7)
    if isinstance(value, str) and _ZERO.fullmatch(value):
        return re.sub("0", "7", value, count=1)
    return value


def mutated(value: Any, draw: random.Random, *, may_double: bool = True) -> str:
    """The payload as JSON text, changed at one to three places; `may_double`: a key may stand
    twice, which cannot happen in what we write ourselves."""
    value = json.loads(json.dumps(value))
    if isinstance(value, str):
        return json.dumps(_torn(value, draw))
    if draw.random() < 0.02:
        return _text(draw.choice([None, [], {}, "x", 5, [value], {"data": value}, True]))
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        paths = list(_paths(value))
        if not paths:
            break
        _change(value, draw.choice(paths), draw)
    text = _text(value, doubled=may_double and draw.random() < 0.05)
    return text if may_double else text.replace(_TWICE, '{"a": 1}')


def _change(root: Any, path: Path, draw: random.Random) -> None:  # noqa: PLR0912 - a table of changes
    at = root
    for step in path[:-1]:
        at = at[step]
    last = path[-1]
    old = at[last]
    match draw.randrange(13):
        case 0:
            del at[last]
        case 1:
            at[last] = None
        case 2 | 3 | 4:
            at[last] = draw.choice(_GARBAGE)
        case 5 | 6:
            number = draw.choice(_NUMBERS)
            at[last] = draw.choice([number, str(number)])
        case 7:
            at[last] = BIG if draw.random() < 0.5 else str(BIG)
        case 8:
            at[last] = draw.choice([True, False, "true", "false"])
        case 9:
            twice = f"@@{_TWICE}@@"
            at[last] = draw.choice([[], {}, [old], {"value": old}, [[old, None], old], twice])
        case 10:
            at[last] = f"@@{draw.choice(_RAW_NUMBERS)}@@"
        case 11:
            depth = draw.choice((3, 50, 900))
            inner = draw.choice((("[", "]"), ('{"a":', "}")))
            at[last] = f"@@{inner[0] * depth}7{inner[1] * depth}@@"
        case _:
            if isinstance(at, dict) and draw.random() < 0.5:
                at[f"{last}_v2"] = at.pop(last)
            else:
                at[last] = draw.choice(("x" * 100_000, "é" * 5_000)) if draw.random() < 0.05 else {
                    "a": [1, {"b": None}]
                }  # fmt: skip


def _paths(value: Any, path: Path = ()) -> Any:
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        yield (*path, step)
        yield from _paths(inner, (*path, step))


def _text(value: Any, *, doubled: bool = False) -> str:
    """JSON text, with raw parts put in, and perhaps with its first key a second time."""
    text = json.dumps(value, ensure_ascii=False)
    text = _RAW.sub(lambda found: found[1].replace('\\"', '"'), text)
    if doubled and text.startswith("{") and isinstance(value, dict) and value:
        first = json.dumps(next(iter(value)))
        text = f"{{{first}: [7], {text[1:]}"
    return text


def _torn(text: str, draw: random.Random) -> str:
    """Text, such as XML, with a piece of it missing, doubled or replaced by garbage."""
    begin = draw.randrange(len(text) + 1)
    end = min(len(text), begin + draw.choice((1, 2, 5, 30, 300)))
    piece = draw.choice(("", text[begin:end] * 2, draw.choice(_GARBAGE), "<", '"', "'", "€"))
    return text[:begin] + piece + text[end:]
