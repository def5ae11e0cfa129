"""Where a paged reading stands, and the certainty that it ends."""

from __future__ import annotations

from typing import Any

from ingest.errors import IncompletePage, PaginationLoop


class Cursor:
    """The vendor's token for the next page; None before the first.

    while not cursor.is_finished: page = ...(cursor.value); cursor.advance(next token or None)
    """

    def __init__(self, max_pages: int = 10_000) -> None:
        self.value: str | None = None
        self.is_finished = False
        self._seen: set[str] = set()
        self._max_pages = max_pages

    def advance(self, token: Any) -> None:
        """Go on to the next page; an absent or empty token ends the reading.

        PaginationLoop at the second sight of a token or after `max_pages` pages, IncompletePage for
        what is no token: taken for the end it would lose the pages behind it.
        """
        if token is None or token == "":
            self.is_finished = True
            return
        if not isinstance(token, str):
            raise IncompletePage(f"the cursor of the next page is {str(token)[:50]!r}")
        if token in self._seen:
            raise PaginationLoop(f"the cursor of page {len(self._seen) + 1} was seen before")
        self._seen.add(token)
        if len(self._seen) >= self._max_pages:
            raise PaginationLoop(f"more than {self._max_pages} pages")
        self.value = token

    def stop(self) -> None:
        """End the reading: what follows is not wanted."""
        self.is_finished = True
