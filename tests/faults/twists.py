"""Faults of meaning: the answer arrives whole, but what it says is not what it should be."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from storm_house import StormHouse, key_of

from sandbox.faults import Fault
from sandbox.wire import Answer

if TYPE_CHECKING:
    from ingest.streams import Source, Stream

Body = Any
ADDED = "microlift_never_heard_of"
AGAIN = "again"


class Twist(Fault):
    """Changes the answers that it can be applied to, up to `times` of them from the `nth` on.

    `twist` takes an answer and gives the changed one, or None where it does not apply.
    """

    def __init__(
        self, twist: Callable[[Answer], Answer | None], *, nth: int = 1, times: int = 1
    ) -> None:
        super().__init__("/", "replace", {})
        self._twist, self._nth, self._times, self._met = twist, nth, times, 0

    def strikes(self, target: str) -> bool:
        self._question = target.replace(f"={AGAIN}", "=")
        return True

    def change(self, answer: Answer) -> Answer:
        if answer.status != 200 or self.fired >= self._times:
            return answer
        changed = self._twist(answer)
        if changed is None:
            return answer
        self._met += 1
        if self._met < self._nth:
            return answer
        self.fired += 1
        return changed


class FromNow(Twist):
    """Answers `times` calls from the `nth` on by one of the statuses."""

    def __init__(self, statuses: Sequence[int], draw: random.Random, nth: int, times: int) -> None:
        super().__init__(lambda answer: None, nth=nth, times=times)
        self._statuses, self._draw = statuses, draw

    def strikes(self, target: str) -> bool:
        self._met += 1
        return self._nth <= self._met < self._nth + self._times

    def replacement(self) -> Answer:
        self.fired += 1
        return Answer(b'{"oops": 1}', self._draw.choice(self._statuses))


class Loop(Twist):
    """A vendor whose next page is always the same one, with the first row alone."""

    def __init__(self, source: Source) -> None:
        super().__init__(lambda answer: None, times=10**6)
        self._source = source
        self._first: dict[str, bytes] = {}

    def strikes(self, target: str) -> bool:
        # One question, whatever its cursor is.
        self._question = re.sub(r"[?&]\w+=(again|1)(?=&|$)", "", target)
        return True

    def change(self, answer: Answer) -> Answer:
        # A healthy vendor does not know the cursor that we made up.
        if answer.status != 200 or b'"errors"' in answer.body[:20]:
            return Answer(self._first[self._question]) if self._question in self._first else answer
        body = _json(answer)
        if not [value for value in _dicts(body) if _force_cursor(value)]:
            return answer
        self.fired += 1
        for rows in _row_lists(self._source, body):
            del rows[1:]
        return Answer(self._first.setdefault(self._question, orjson.dumps(body)))


def _force_cursor(value: dict[str, Any]) -> bool:
    """Make a page say that another follows, in each vendor's own way of saying it."""
    if isinstance(info := value.get("pageInfo"), dict) and "hasNextPage" in info:
        info |= {"hasNextPage": True, "endCursor": AGAIN}
    elif isinstance(cursors := (value.get("paging") or {}), dict) and "cursors" in cursors:
        cursors["cursors"]["after"] = AGAIN
        cursors["next"] = "http://next.invalid/"
    elif value.get("kind") == "youtube#playlistItemListResponse" or "nextPageToken" in value:
        value["nextPageToken"] = AGAIN
    elif "has_more" in value and "cursor" in value:
        value |= {"has_more": True, "cursor": 1}
    else:
        return False
    return True


def foreign_links(host: str) -> Callable[[Answer], Answer | None]:
    """Every link to another page leads to `host` instead."""

    def twist(answer: Answer) -> Answer | None:
        body, is_changed = _json(answer), False
        for value in _dicts(body):
            for name, link in value.items():
                if "next" in name.lower() and isinstance(link, str) and link.startswith("http"):
                    value[name] = f"{host}/stolen"
                    is_changed = True
        return Answer(orjson.dumps(body)) if is_changed else None

    return twist


def shuffled(source: Source, draw: random.Random) -> Callable[[Answer], Answer | None]:
    """Rows in another order, some of them twice."""

    def twist(answer: Answer) -> Answer | None:
        body, is_changed = _json(answer), False
        for rows in _row_lists(source, body):
            if rows:
                rows.extend(draw.sample(rows, draw.randint(1, len(rows))))
                draw.shuffle(rows)
                is_changed = True
        return Answer(orjson.dumps(body)) if is_changed else None

    return twist


def grown(source: Source) -> Callable[[Answer], Answer | None]:
    """Every row has a field nobody has heard of."""

    def twist(answer: Answer) -> Answer | None:
        body, is_changed = _json(answer), False
        for rows in _row_lists(source, body):
            for row in rows:
                if isinstance(row, dict):
                    row[ADDED] = {"since": "today", "list": [1, None, "x"]}
                    is_changed = True
        return Answer(orjson.dumps(body)) if is_changed else None

    return twist


def without_key(
    house: StormHouse, draw: random.Random, *, renamed: bool
) -> Callable[[Answer], Answer | None]:
    """One row lacks a field of its key, or has it under another name."""

    def twist(answer: Answer) -> Answer | None:
        body = _json(answer)
        candidates = []
        for stream in house.source.streams:
            for row in _rows(stream, body) or []:
                if key_of(row, stream.key) not in house.truth.keys[stream.name]:
                    continue  # another stream's
                for path in stream.key:
                    *outer, last = path.split(".")[1:]
                    at = row
                    for name in outer:
                        at = at.get(name) if isinstance(at, dict) else None
                    if isinstance(at, dict) and last in at:
                        candidates.append((at, last))
        if not candidates:
            return None
        at, last = draw.choice(candidates)
        value = at.pop(last)
        if renamed:
            at[f"{last}_v2"] = value
        return Answer(orjson.dumps(body))

    return twist


def truncated(share: float) -> Callable[[Answer], Answer | None]:
    """The first part of the body alone, with the length that it then has."""
    return lambda answer: Answer(
        answer.body[: int(len(answer.body) * share)],
        content_type=answer.content_type,
        headers=answer.headers,
    )


def as_html(answer: Answer) -> Answer:
    """The true body under a wrong type."""
    return Answer(answer.body, content_type="text/html", headers=answer.headers)


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "invalid UTF-8": lambda body: body[:1] + b"\xff\xfe" + body[1:],
    "NaN": lambda body: b'{"x": NaN, ' + body.lstrip()[1:],
    "1e400": lambda body: b'{"x": 1e400, ' + body.lstrip()[1:],
    "depth of 10,000": lambda body: b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + body.lstrip()[1:],
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
}


def poisoned(kind: str) -> Callable[[Answer], Answer | None]:
    """JSON that is none; text pages take only what their encoding forbids."""

    def twist(answer: Answer) -> Answer | None:
        if "json" not in answer.content_type and kind != "invalid UTF-8":
            return None
        changed = POISONS[kind](answer.body)
        return Answer(changed, content_type=answer.content_type, headers=answer.headers)

    return twist


def without_added(payload: str) -> str:
    """A row as it was before `grown`."""
    row = json.loads(payload)
    if isinstance(row, dict):
        row.pop(ADDED, None)
    return json.dumps(row, sort_keys=True)


def _row_lists(source: Source, body: Body) -> list[list[Any]]:
    lists: dict[int, list[Any]] = {}
    for stream in source.streams:
        rows = _rows(stream, body)
        if rows is not None and stream.rows_at not in {None, "$"}:
            lists[id(rows)] = rows
    return list(lists.values())


def _rows(stream: Stream, body: Body) -> list[Any] | None:
    if stream.row_pattern is not None or stream.rows_at is None:
        return None
    for name in stream.rows_at.split(".")[1:]:
        body = body.get(name) if isinstance(body, dict) else None
    if isinstance(body, dict):
        return [body]
    return body if isinstance(body, list) else None


def _dicts(value: Body) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner)


def _json(answer: Answer) -> Body:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
