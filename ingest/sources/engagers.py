"""Who engaged with the brand in what a fetch has just read, and whose public profile to ask for.

A fetch remembers nothing of the one before, so the choice follows from tonight's pages alone:
everybody has a turn once a week, by the name and not by a draw, and the most frequent come first.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection
from datetime import date

_WEEK = 7


class Engagers:
    """Counts by name: a handle or an account id. Who published a post about the brand counts more
    than who wrote any number of comments: he has an audience that saw it."""

    def __init__(self) -> None:
        self._posts: Counter[str] = Counter()
        self._comments: Counter[str] = Counter()
        self._seen: set[str] = set()

    def add_post(self, name: str | None, post_id: str | None) -> None:
        """A post that tags the brand; the same one twice counts once."""
        self._add(self._posts, name, post_id)

    def add_comment(self, name: str | None, comment_id: str | None) -> None:
        """A comment on a post of the brand; the same one twice counts once."""
        self._add(self._comments, name, comment_id)

    def _add(self, counts: Counter[str], name: str | None, event_id: str | None) -> None:
        if name and event_id and event_id not in self._seen:
            self._seen.add(event_id)
            counts[name] += 1

    def choose(self, most: int, today: date, known: Collection[str]) -> list[str]:
        """At most `most` names that are not `known`: those whose turn it is, then the others."""

        def rank(name: str) -> tuple[bool, int, int, str]:
            waits = (zlib.crc32(name.encode()) + today.toordinal()) % _WEEK != 0
            return waits, -self._posts[name], -self._comments[name], name

        names = {*self._posts, *self._comments} - {*known}
        return sorted(names, key=rank)[:most]
