"""Planned faults: which requests go wrong, how often, and in which way.

A plan is JSON, a list of objects. `match` is the beginning of `path?query`, or a regular
expression when it begins with `^`. `nth`, `every`, `after` (all but the first so many) or
`probability` (with `seed`) choose among the matching requests, `times` limits how often; without
any of them all are hit. `action` is one of

    status      answer `status` with `headers` and `body` (text, or JSON of any kind)
    cut         the true answer's headers, but only the share `keep` (0.5) of its body, then the end
    html        a login page with status 200
    empty       status 200 without a body
    reset       the connection is reset
    slow        the true answer after `seconds`, or dripping at `bytes_per_second`
    drop_field  the true answer without the `field` (names joined by dots; lists are walked through)
    add_field   the true answer with the `field` set to `value`
    replace     the true answer with the text `find` replaced by `with`, at most `count` times
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from sandbox.wire import JSON, Answer

ACTIONS = (
    "status", "cut", "html", "empty", "reset", "slow", "drop_field", "add_field", "replace",
)  # fmt: skip
_KEYS = {
    "match", "action", "nth", "every", "after", "probability", "seed", "times", "status", "headers",
    "body", "keep", "seconds", "bytes_per_second", "field", "value", "find", "with", "count",
}  # fmt: skip
_LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Please log in</form>"
    b"</body></html>"
)


@dataclass
class Fault:
    """One planned fault; `fired` counts the requests it has spoilt."""

    match: str
    action: str
    settings: Mapping[str, Any]
    seen: int = 0
    fired: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._random = random.Random(self.settings.get("seed", 0))
        self._pattern = re.compile(self.match) if self.match.startswith("^") else None

    def strikes(self, target: str) -> bool:
        """Whether this request is hit; counts it when it matches."""
        is_match = (
            self._pattern.search(target) is not None
            if self._pattern
            else target.startswith(self.match)
        )
        if not is_match:
            return False
        self.seen += 1
        if self.fired >= self.settings.get("times", float("inf")) or not self._is_chosen():
            return False
        self.fired += 1
        return True

    def _is_chosen(self) -> bool:
        if "nth" in self.settings:
            return bool(self.seen == self.settings["nth"])
        if "every" in self.settings:
            return bool(self.seen % self.settings["every"] == 0)
        if "after" in self.settings:
            return bool(self.seen > self.settings["after"])
        if "probability" in self.settings:
            return bool(self._random.random() < self.settings["probability"])
        return True

    def replacement(self) -> Answer | None:
        """The answer that stands in place of the true one, for actions that have one."""
        if self.action == "html":
            return Answer(_LOGIN_PAGE, content_type="text/html; charset=utf-8")
        if self.action == "empty":
            return Answer(b"")
        if self.action != "status":
            return None
        body = self.settings.get("body", "")
        raw = body.encode() if isinstance(body, str) else orjson.dumps(body)
        headers = {str(k): str(v) for k, v in self.settings.get("headers", {}).items()}
        content_type = headers.pop("Content-Type", JSON)
        return Answer(raw, int(self.settings["status"]), content_type, headers)

    def change(self, answer: Answer) -> Answer:
        """The true answer as this fault alters its body."""
        if self.action == "replace":
            text, count = answer.body.decode(), self.settings.get("count", -1)
            answer.body = text.replace(self.settings["find"], self.settings["with"], count).encode()
        elif self.action in ("drop_field", "add_field"):
            value = orjson.loads(answer.body)
            _edit(value, self.settings["field"].split("."), self.action, self.settings.get("value"))
            answer.body = orjson.dumps(value)
        return answer


def _edit(value: Any, path: list[str], action: str, new: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _edit(item, path, action, new)
    elif isinstance(value, dict):
        if len(path) > 1:
            _edit(value.get(path[0]), path[1:], action, new)
        elif action == "drop_field":
            value.pop(path[0], None)
        else:
            value[path[0]] = new


class FaultPlan:
    """Faults in order; the first that strikes decides about a request."""

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        self.faults = [_checked(entry) for entry in entries]
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path) -> FaultPlan:
        """A plan from its JSON file; ValueError says what is wrong with it."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def pick(self, target: str) -> Fault | None:
        """The fault that strikes a request (`path?query`), if any."""
        with self._lock:
            return next((fault for fault in self.faults if fault.strikes(target)), None)

    @property
    def fired(self) -> int:
        """Requests spoilt so far."""
        return sum(fault.fired for fault in self.faults)


def _checked(entry: Mapping[str, Any]) -> Fault:
    action = entry.get("action")
    if action not in ACTIONS:
        raise ValueError(f"unknown action {action!r}: use one of {', '.join(ACTIONS)}")
    if unknown := set(entry) - _KEYS:
        raise ValueError(f"unknown keys in a fault: {', '.join(sorted(unknown))}")
    needed = {
        "status": {"status"}, "drop_field": {"field"}, "add_field": {"field", "value"},
        "replace": {"find", "with"},
    }  # fmt: skip
    if missing := needed.get(action, set()) - set(entry):
        raise ValueError(f"{action} lacks {', '.join(sorted(missing))}")
    return Fault(str(entry.get("match", "/")), action, entry)
