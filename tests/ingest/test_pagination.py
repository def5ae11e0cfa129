"""Cursors end: on an absent token, at the second sight of one, at the page cap."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.errors import PaginationLoop
from ingest.pagination import Cursor


def read_all(pages: Sequence[tuple[list[int], str | None]], max_pages: int = 100) -> list[int]:
    """Read scripted pages of (rows, token of the next page)."""
    cursor, rows, number = Cursor(max_pages), [], 0
    while not cursor.is_finished:
        page, token = pages[number]
        rows += page
        number += 1
        cursor.advance(token)
    return rows


@pytest.mark.parametrize(
    ("pages", "rows"),
    [
        pytest.param([([], None)], [], id="no rows"),
        pytest.param([([1], None)], [1], id="one page"),
        pytest.param([([1, 2], "b"), ([3, 4], None)], [1, 2, 3, 4], id="full last page"),
        pytest.param([([1], "b"), ([], "c"), ([2], None)], [1, 2], id="empty middle page"),
        pytest.param([([1], "b"), ([2], "")], [1, 2], id="empty token ends"),
    ],
)
def test_every_page_is_read_once(
    pages: list[tuple[list[int], str | None]], rows: list[int]
) -> None:
    assert read_all(pages) == rows


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]], ids=["at once", "later"])
def test_a_token_seen_twice_stops_the_reading(tokens: list[str]) -> None:
    with pytest.raises(PaginationLoop, match="seen before"):
        read_all([([1], token) for token in tokens])


def test_tokens_without_end_stop_at_the_page_cap() -> None:
    with pytest.raises(PaginationLoop, match="more than 5 pages"):
        read_all([([1], str(number)) for number in range(50)], max_pages=5)
